import { Injectable, Logger } from '@nestjs/common';
import { type AttemptReason, type AttemptRecord } from '../../calls/attempt-record.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type TraceHeaders } from '../../calls/call-trace.js';
import { type Cancellation } from '../../calls/cancellation.js';
import { type Access } from '../../credentials/credential.js';
import { CredentialedCall, type SendingServices } from '../../credentials/credentialed-call.js';
import { type ClientRequest } from '../../dialects/ports/dialect.js';
import { type FurtherRequests, type PreparedCall } from '../../dialects/ports/prepared-call.js';
import { TranslatedCall } from '../../dialects/translating/translated-call.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type UpstreamExchange } from '../../upstream/upstream-exchange.js';
import { UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest, withTrace } from '../../upstream/upstream-request.js';
import { type Deployment } from './deployment.js';
import { isAboutUsage, refusalIn } from './field-refusal.js';
import { FurtherCredentialedRequests } from './further-requests.js';
import { translateCall } from './translate-call.js';

/** A response that the upstream has begun: accepted with 2xx, body still to come. */
export interface AcceptedAnswer {
  readonly exchange: AnswerSource;
  readonly request: UpstreamRequest;
  /** Whether it contains usage although the client has not asked for it. */
  readonly hidesUsage?: boolean;
}

/**
 * Sends a call to one deployment: prepared by its provider, and sent once more after a credential
 * was renewed.
 */
@Injectable()
export class DeploymentCaller implements SendingServices {
  constructor(
    readonly client: UpstreamClient,
    readonly failure: UpstreamFailure,
  ) {}

  /**
   * Waits until the upstream has accepted.
   * @throws GatewayError
   */
  open(
    deployment: Deployment,
    call: ModelCall,
    record: CallRecord,
    cancellation: Cancellation,
    reason: AttemptReason,
  ): Promise<AcceptedAnswer> {
    return new DeploymentCall(this, deployment, call, record, cancellation, reason).run();
  }
}

class DeploymentCall extends CredentialedCall<PreparedCall, AcceptedAnswer> implements FurtherRequests {
  #attempt!: AttemptRecord;
  #trace: TraceHeaders | undefined;
  #prepared!: PreparedCall;
  #further: FurtherRequests | undefined;
  /**
   * Whether the service refused to report the usage of a stream, so that the request is sent
   * without asking for it.
   */
  #isAdapted = false;
  #isAsking = false;
  /** The request without a field that the service refused. */
  #adapted: ClientRequest | undefined;
  /** The message with which the service refused it. */
  #refusal: string | undefined;
  /** Whether the next request belongs to the previous attempt. */
  #goesOn = false;

  constructor(
    services: SendingServices,
    private readonly deployment: Deployment,
    private readonly call: ModelCall,
    private readonly record: CallRecord,
    private readonly cancellation: Cancellation,
    private readonly reason: AttemptReason,
  ) {
    super(services, deployment.upstream.credential, deployment.config, call, call.request.owner);
  }

  send(...further: Parameters<FurtherRequests['send']>): Promise<UpstreamRequest> {
    this.#further ??= new FurtherCredentialedRequests(
      this.services,
      this.deployment,
      this.call,
      this.access,
      this.#prepared.errors,
      (request) => this.#dress(request),
    );
    return this.#further.send(...further);
  }

  protected prepare(access: Access): PreparedCall | Promise<PreparedCall> {
    const { upstream, config } = this.deployment;
    const asksForUsage = this.#asksForUsage();
    const call = this.#withRequest(this.call);
    call.request.checkLimit?.(config.max_tokens);
    const { dialect } = call.request;
    if (!upstream.dialects.includes(dialect)) return this.#translate(call, access, asksForUsage);
    this.#attempt.dialect = dialect.name;
    return upstream.prepare(call, access, asksForUsage);
  }

  #withRequest(call: ModelCall): ModelCall {
    const { refusal } = this.deployment.state;
    if (this.#adapted === undefined && refusal !== undefined)
      this.#adapted = call.request.adaptedTo?.(refusal);
    return this.#adapted === undefined ? call : { ...call, request: this.#adapted };
  }

  #asksForUsage(): boolean | undefined {
    const { config, state } = this.deployment;
    if (config.stream_usage === 'never' || state.refusesUsage || this.#isAdapted) return false;
    return config.stream_usage === 'always' || this.call.needsUsage === true ? true : undefined;
  }

  /** Used if the service does not support the client's wire format. */
  async #translate(call: ModelCall, access: Access, asksForUsage?: boolean): Promise<PreparedCall> {
    const translation = translateCall(this.deployment, call, this.services.failure, asksForUsage !== false);
    this.#attempt.dialect = translation.options.dialect.name;
    this.record.dropped = translation.dropped;
    const prepared = await this.deployment.upstream.prepare(translation.call, access, asksForUsage);
    return new TranslatedCall(prepared, translation.options);
  }

  protected result(exchange: UpstreamExchange, prepared: PreparedCall): AcceptedAnswer {
    this.#prepared = prepared;
    const answer = prepared.receive(exchange, this);
    if (answer !== exchange) this.cancellation.attach(answer);
    if (this.#isAdapted) this.#remember();
    if (this.#refusal !== undefined) this.deployment.state.refusal = this.#refusal;
    return { exchange: answer, request: prepared.request, hidesUsage: prepared.asksForUsage };
  }

  protected override began(isRepeated: boolean): void {
    if (this.#goesOn) return;
    const { record, deployment } = this;
    record.upstreamStatus = undefined;
    record.dropped = NOTHING;
    this.#attempt = record.attempt(deployment.model, deployment.name, isRepeated ? 'renewal' : this.reason);
    this.#attempt.host = deployment.host;
  }

  protected override ready(prepared: PreparedCall): void {
    const { cancellation, call, record } = this;
    if (cancellation.reason !== undefined) throw cancellation.reason;
    this.#isAsking = prepared.asksForUsage;
    if (!this.#goesOn) record.attempts++;
    if (call.trace !== undefined && !this.#goesOn)
      this.#trace = call.trace.attemptBegan(this.#attempt, prepared.request.url);
    this.#goesOn = false;
    prepared.request = this.#dress(prepared.request);
  }

  protected override sent(exchange: UpstreamExchange): void {
    this.cancellation.attach(exchange);
  }

  protected override accepted({ status }: UpstreamExchange): void {
    this.record.upstreamStatus = status;
    this.#attempt.upstreamStatus = status;
  }

  protected override adapts(error: GatewayError, status: number): boolean {
    const said = refusalIn(error, status);
    if (said === undefined) return false;
    if (this.#isAsking && !this.#isAdapted && isAboutUsage(said)) this.#isAdapted = true;
    else if (this.#adapted === undefined) {
      this.#adapted = this.call.request.adaptedTo?.(said);
      if (this.#adapted === undefined) return false;
      this.#refusal = said;
    } else return false;
    this.#goesOn = true;
    return true;
  }

  /** The service refuses to report the usage of streams: it accepted the same request without asking for it. */
  #remember(): void {
    const { state, model, name } = this.deployment;
    if (state.refusesUsage) return;
    state.refusesUsage = true;
    LOG.warn({ message: 'stream usage refused', model, deployment: name });
  }

  protected override refused(error: GatewayError): void {
    this.record.endAttempt(error);
  }

  protected override canRepeat(): boolean {
    return this.call.request.isSpent !== true;
  }

  protected override race<Result>(work: Promise<Result>): Promise<Result> {
    return this.cancellation.race(work);
  }

  #dress(request: UpstreamRequest): UpstreamRequest {
    const { saysContextLength } = this.deployment;
    const judged = saysContextLength === undefined ? request : { ...request, saysContextLength };
    return this.#trace === undefined ? judged : withTrace(judged, this.#trace);
  }
}

const LOG = new Logger('Routing');
const NOTHING: readonly string[] = [];
