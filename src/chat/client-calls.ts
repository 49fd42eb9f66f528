import { Injectable } from '@nestjs/common';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { type Cancellation } from '../calls/cancellation.js';
import { ownRequestId, withOwnLimits } from '../calls/gateway-headers.js';
import { RunningCalls } from '../calls/running-calls.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { LiveConfig } from '../config/live-config.js';
import { type ClientRequest, type Dialect, isPrompted } from '../dialects/dialect.js';
import { TokenCounter } from '../dialects/token-counter.js';
import { takesForm } from '../dialects/forms/takes-form.js';
import { FormRequest } from '../dialects/forms/form-request.js';
import { ModelNotAllowedError } from '../errors/caller-errors.js';
import { readJsonBody } from '../http/body-reader.js';
import { FormReader } from '../http/form-reader.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { LARGE_BODY_BYTES, nextTurn } from '../calls/turns.js';
import { CallLimits, settleCall } from '../limits/call-limits.js';
import { countTokens } from '../limits/count-tokens.js';
import { canServeSomewhere } from '../routing/can-serve.js';
import { ChatService } from './chat.service.js';
import { KeptCalls } from './kept-calls.js';
import { forwardedHeaders } from './forwarded-headers.js';

/** Handles the calls of clients in any wire format: reads them, finds their models and has them answered. */
@Injectable()
export class ClientCalls {
  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
    private readonly chat: ChatService,
    private readonly kept: KeptCalls,
    private readonly limits: CallLimits,
    private readonly calls: RunningCalls,
    private readonly counter: TokenCounter,
  ) {}

  /**
   * Settles when the call is over.
   * @throws GatewayError for what fails before the response has begun
   */
  handle(dialect: Dialect, req: AuthenticatedRequest, res: GatewayResponse): Promise<void> {
    return this.calls.run(res, async (cancellation) => {
      const { server } = this.live.current;
      if (dialect.bodyForms !== undefined && takesForm(dialect, req.headers)) {
        const form = await cancellation.race(FormRequest.read(dialect, new FormReader(req, res, server)));
        try {
          await this.#answer(form, req, res, cancellation);
        } finally {
          await form.discard();
        }
        return;
      }
      const { body_limit: limitBytes, json_depth_limit: depth, json_values_limit: values } = server;
      const reading = readJsonBody(req, res, limitBytes);
      const body = reading instanceof Promise ? await cancellation.race(reading) : reading;
      if (body.length > LARGE_BODY_BYTES) await cancellation.race(nextTurn());
      await this.#answer(dialect.parse(body, { depth, values }), req, res, cancellation);
    });
  }

  async #answer(
    request: ClientRequest,
    req: AuthenticatedRequest,
    res: GatewayResponse,
    cancellation: Cancellation,
  ): Promise<void> {
    const { apiClient: client } = req;
    const { record } = res;
    const { dialect } = request;
    request.owner = client.name;
    const model = this.models.get(request.model);
    if (client.isRestricted && !client.mayUse(model.name)) throw new ModelNotAllowedError(model.name);
    const isLimited = client.scopes.length > 0;
    const entering = isLimited
      ? this.limits.admit(client, { model, request }, record, cancellation)
      : undefined;
    const reservation = entering instanceof Promise ? await entering : entering;
    try {
      if (dialect.substitute !== undefined && isPrompted(request) && !canServeSomewhere(model, request)) {
        record.model = model.name;
        record.modelType = model.config.type;
        const document = await cancellation.race(dialect.substitute(request, this.counter));
        res.setHeaders(new Headers({ ...withOwnLimits({}, record), ...ownRequestId(record) }));
        res.json(document);
        return;
      }
      const { current } = this.live;
      const headers = forwardedHeaders(
        req.headers,
        record.requestId,
        client.name,
        current.auth,
        dialect.headerPrefix,
      );
      const call = {
        request,
        headers,
        isTest: false,
        needsUsage: current.usage.store !== undefined || (isLimited && countTokens(client.scopes)),
        trace: record.trace,
      };
      const { cache_answers: settings } = model.config;
      if (settings === undefined) await this.chat.answer(model, call, res, record, cancellation);
      else {
        const kept = { model, settings, call, client, cacheControl: req.headers['cache-control'] };
        await this.kept.answer(kept, res, record, cancellation);
      }
    } finally {
      if (reservation !== undefined) settleCall(reservation, record);
    }
  }
}
