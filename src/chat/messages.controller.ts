import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { DrainGuard } from '../calls/drain.guard.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/anthropic-messages.js';
import { countTokens } from '../dialects/anthropic-messages/count-tokens.js';
import { MESSAGES_COUNT } from '../dialects/anthropic-messages/messages-count.js';
import { TokenCounter } from '../dialects/token-counter.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { ClientCalls } from './client-calls.js';
import { ApiCountTokens, ApiCreateMessage } from './messages.docs.js';

@ApiTags('chat')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller(ANTHROPIC_MESSAGES.route)
export class MessagesController {
  constructor(
    private readonly calls: ClientCalls,
    private readonly counter: TokenCounter,
  ) {}

  @ApiCreateMessage()
  @Post()
  @HttpCode(200)
  create(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(ANTHROPIC_MESSAGES, req, res);
  }

  /** By the model's service where it can count, by the gateway's own tokenizer elsewhere. */
  @ApiCountTokens()
  @Post('count_tokens')
  @HttpCode(200)
  countTokens(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(MESSAGES_COUNT, req, res, (request) =>
      countTokens(this.counter, request.prompt()),
    );
  }
}
