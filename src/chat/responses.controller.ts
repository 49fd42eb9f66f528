import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { DrainGuard } from '../calls/drain.guard.js';
import { OPENAI_RESPONSES } from '../dialects/openai-responses/openai-responses.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { ClientCalls } from './client-calls.js';
import { ApiCreateResponse } from './responses.docs.js';

@ApiTags('chat')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller(OPENAI_RESPONSES.route)
export class ResponsesController {
  constructor(private readonly calls: ClientCalls) {}

  @ApiCreateResponse()
  @Post()
  @HttpCode(200)
  create(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.handle(OPENAI_RESPONSES, req, res);
  }
}
