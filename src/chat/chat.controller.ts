import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { LiveConfig } from '../config/live-config.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { ModelNotAllowedError } from '../errors/caller-errors.js';
import { readJsonBody } from '../http/body-reader.js';
import { DrainGuard } from '../calls/drain.guard.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { RunningCalls } from '../calls/running-calls.js';
import { nextTurn } from '../calls/turns.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { ChatRequest, LARGE_BODY_BYTES } from '../dialects/openai-chat/chat-request.js';
import { CHAT_COMPLETIONS } from '../protocol/client-route.js';
import { ApiChatCompletion } from './chat.docs.js';
import { ChatService } from './chat.service.js';
import { forwardedHeaders } from './forwarded-headers.js';

@ApiTags('chat')
@ApiKeyRequired()
@UseGuards(DrainGuard)
@Controller(CHAT_COMPLETIONS.path)
export class ChatController {
  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
    private readonly chat: ChatService,
    private readonly calls: RunningCalls,
  ) {}

  // Bytes in, bytes out: neither pipes nor interceptors stand between the socket and the upstream.
  @ApiChatCompletion()
  @Post()
  @HttpCode(200)
  create(@Req() req: AuthenticatedRequest, @Res() res: GatewayResponse): Promise<void> {
    return this.calls.run(res, async (cancellation) => {
      const { server, auth } = this.live.current;
      const { body_limit: limitBytes, json_depth_limit: depth, json_values_limit: values } = server;
      const reading = readJsonBody(req, res, limitBytes);
      const body = reading instanceof Promise ? await cancellation.race(reading) : reading;
      if (body.length > LARGE_BODY_BYTES) await cancellation.race(nextTurn());
      const request = ChatRequest.parse(body, { depth, values });
      request.owner = req.apiClient.name;
      const model = this.models.get(request.model);
      if (!req.apiClient.mayUse(model.name)) throw new ModelNotAllowedError(model.name);
      const headers = forwardedHeaders(req.headers, res.record.requestId, req.apiClient.name, auth);
      await this.chat.answer(
        model,
        { request, headers, isTest: false, trace: res.record.trace },
        res,
        res.record,
        cancellation,
      );
    });
  }
}
