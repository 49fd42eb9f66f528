import { Injectable } from '@nestjs/common';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { type ApiClient } from '../auth/api-client.js';
import { type Cancellation } from '../calls/cancellation.js';
import { ownRequestId, withOwnLimits } from '../calls/gateway-headers.js';
import { RunningCalls } from '../calls/running-calls.js';
import { type Model } from '../routing/model.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { LiveConfig } from '../config/live-config.js';
import { type ClientRequest, type Dialect, isPrompted } from '../dialects/ports/dialect.js';
import { TokenCounter } from '../dialects/counting/token-counter.js';
import { takesForm } from '../dialects/forms/takes-form.js';
import { FormRequest } from '../dialects/forms/form-request.js';
import { ModelNotAllowedError } from '../errors/access-errors.js';
import { readJsonBody } from '../http/body/body-reader.js';
import { FormReader } from '../http/body/form-reader.js';
import { type GatewayResponse } from '../http/gateway-http.js';
import { LARGE_BODY_BYTES, nextTurn } from '../protocol/turns.js';
import { CallLimits, settleCall } from '../limits/call-limits.js';
import { CHAT } from '../protocol/operation.js';
import { canDo, canServeSomewhere } from '../routing/can-serve.js';
import { ChatService } from './chat.service.js';
import { KeptCalls } from './kept-calls.js';
import { forwardedHeaders } from './forwarded-headers.js';

/**
 * Handles the calls of clients in any wire format: reads them, finds their models and has them
 * served.
 */
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
  async handle(dialect: Dialect, req: AuthenticatedRequest, res: GatewayResponse): Promise<void> {
    const call = this.calls.begin(res);
    try {
      const { server } = this.live.current;
      if (dialect.bodyForms !== undefined && takesForm(dialect, req.headers)) {
        await this.#answerForm(dialect, new FormReader(req, res, server), req, res, call);
        return;
      }
      const { body_limit: limitBytes, json_depth_limit: depth, json_values_limit: values } = server;
      const reading = readJsonBody(req, res, limitBytes);
      const body = reading instanceof Promise ? await call.race(reading) : reading;
      if (body.length > LARGE_BODY_BYTES) await call.race(nextTurn());
      await this.#answer(dialect.parse(body, { depth, values }), req, res, call);
    } finally {
      this.calls.done(call);
    }
  }

  async #answerForm(
    dialect: Dialect,
    reader: FormReader,
    req: AuthenticatedRequest,
    res: GatewayResponse,
    cancellation: Cancellation,
  ): Promise<void> {
    const form = await cancellation.race(FormRequest.read(dialect, reader));
    try {
      await this.#answer(form, req, res, cancellation);
    } finally {
      await form.discard();
    }
  }

  /**
   * @throws GatewayError at once, for a model that does not exist or that the client may not use
   */
  #answer(
    request: ClientRequest,
    req: AuthenticatedRequest,
    res: GatewayResponse,
    cancellation: Cancellation,
  ): Promise<void> {
    const { apiClient: client } = req;
    request.owner = client.name;
    const model = this.models.get(request.model);
    if (client.isRestricted && !client.mayUse(model.name)) throw new ModelNotAllowedError(model.name);
    const asked = { request, model, req, res };
    return client.scopes.length === 0
      ? this.#serve(asked, cancellation)
      : this.#serveWithin(client, asked, cancellation);
  }

  /** Serves a call within the limits of its client. */
  async #serveWithin(client: ApiClient, asked: AskedCall, cancellation: Cancellation): Promise<void> {
    const { record } = asked.res;
    const admitting = this.limits.admit(client, asked, record, cancellation);
    const reservation = admitting instanceof Promise ? await admitting : admitting;
    try {
      await this.#serve(asked, cancellation);
    } finally {
      settleCall(reservation, record);
    }
  }

  #serve({ request, model, req, res }: AskedCall, cancellation: Cancellation): Promise<void> {
    const { dialect } = request;
    if (dialect.substitute !== undefined && isPrompted(request) && isLeftToGateway(model, request))
      return this.#substitute(model, dialect.substitute(request, this.counter), res, cancellation);
    const { apiClient: client } = req;
    const { record } = res;
    const { current } = this.live;
    const call = {
      request,
      headers: forwardedHeaders(
        req.headers,
        record.requestId,
        client.name,
        current.auth,
        dialect.headerPrefix,
      ),
      isTest: false,
      needsUsage: current.usage.store !== undefined || client.countsTokens,
      trace: record.trace,
    };
    const { cache_answers: settings } = model.config;
    if (settings === undefined) return this.chat.answer(model, call, res, record, cancellation);
    const kept = { model, settings, call, client, cacheControl: req.headers['cache-control'] };
    return this.kept.answer(kept, res, record, cancellation);
  }

  /** Sends a response that the gateway itself creates. */
  async #substitute(
    model: Model,
    responding: Promise<object>,
    res: GatewayResponse,
    cancellation: Cancellation,
  ): Promise<void> {
    const { record } = res;
    record.model = model.name;
    record.modelType = model.config.type;
    const document = await cancellation.race(responding);
    res.setHeaders(new Headers({ ...withOwnLimits({}, record), ...ownRequestId(record) }));
    res.json(document);
  }
}

/**
 * Whether no service of a chat model supports the operation, so that the gateway substitutes it.
 */
function isLeftToGateway(model: Model, request: ClientRequest): boolean {
  return !canServeSomewhere(model, request) && canDo(model, CHAT);
}

/** A call whose client may use its model. */
interface AskedCall {
  readonly request: ClientRequest;
  readonly model: Model;
  readonly req: AuthenticatedRequest;
  readonly res: GatewayResponse;
}
