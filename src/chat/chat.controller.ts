import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { DrainGuard } from '../calls/drain.guard.js';
import { OPENAI_CHAT } from '../dialects/openai-chat/openai-chat.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { ApiChatCompletion } from './chat.docs.js';
import { ClientCalls } from './client-calls.js';

@ApiTags('chat')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller(OPENAI_CHAT.route)
export class ChatController {
  constructor(private readonly calls: ClientCalls) {}

  // Bytes in, bytes out: neither pipes nor interceptors stand between the socket and the upstream.
  @ApiChatCompletion()
  @Post()
  @HttpCode(200)
  create(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(OPENAI_CHAT, req, res);
  }
}
