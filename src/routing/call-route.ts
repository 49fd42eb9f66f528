import { type IncomingHttpHeaders } from 'node:http';
import { type LimitsConfig, type TimeoutsConfig } from '../config/settings.js';
import { type WholeReply } from '../dialects/ports/dialect.js';
import { CallerLeftError } from '../errors/caller-errors.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { type AttemptReason } from '../calls/attempt-record.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { LARGE_BODY_BYTES, nextTurn } from '../protocol/turns.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type CommittedStream } from './response/committed-stream.js';
import { ORDINARY, type Passage } from './breaker/deployment-breaker.js';
import { type AcceptedAnswer, type DeploymentCaller } from './deployment/deployment-caller.js';
import { type Deployment } from './deployment/deployment.js';
import { type ChoiceOptions, choose, circuitOpen, hasOther } from './choice/choose-deployment.js';
import { type StreamOpener, openStream } from './response/open-stream.js';
import { type AttemptFailure, judgeFailure } from './retry/failure-cause.js';
import { type Model } from './model.js';
import { type RetryBudget } from './retry/retry-budget.js';
import { RetryPlan } from './retry/retry-plan.js';
import { type RoutedAnswer } from './response/routed-answer.js';
import { canFallBack, notSupported, unable } from './can-serve.js';
import { OpenedBytes } from './response/opened-bytes.js';
import { isEmpty, readWholeAnswer, withoutBody } from './response/whole-answer.js';

/** The services that all routes of a process share. */
export interface RouteServices {
  readonly caller: DeploymentCaller;
  readonly failure: UpstreamFailure;
  readonly budget: RetryBudget;
}

/** Routes one call to a response, with as many attempts as it needs and is allowed. */
export class CallRoute implements RoutedAnswer, StreamOpener {
  whole: WholeReply | undefined;
  stream: CommittedStream | undefined;
  bytes: OpenedBytes | undefined;
  /** The limits of the model that responds. */
  limits: LimitsConfig;
  timeouts: TimeoutsConfig;
  headers: IncomingHttpHeaders = {};
  request!: UpstreamRequest;
  hidesUsage = false;

  #deployment: Deployment | undefined;
  #pass: Passage = ORDINARY;
  /** The response of the running attempt's service. */
  #source: AnswerSource | undefined;
  /** Both are created by the first failure. */
  #plan: RetryPlan<Model> | undefined;
  #tried: Deployment[] = [];
  #hasSlot = false;
  /** The error for the client if no attempt succeeds: the last failure of an upstream. */
  #failure: GatewayError | undefined;

  constructor(
    readonly services: RouteServices,
    public model: Model,
    readonly call: ModelCall,
    readonly record: CallRecord,
    private readonly cancellation: Cancellation,
  ) {
    this.limits = model.config.limits;
    this.timeouts = model.config.timeouts;
  }

  async run(): Promise<RoutedAnswer> {
    this.services.budget.called(performance.now(), this.record.client);
    const { deployments, name } = this.model;
    this.#tried = this.#unable(this.model);
    if (this.#tried.length === deployments.length)
      throw notSupported(
        name,
        this.call.request,
        deployments.map(({ upstream }) => upstream),
      );
    let why: AttemptReason = 'first';
    let again: Deployment | undefined;
    try {
      for (;;) {
        let failed: GatewayError;
        try {
          this.#deployment = undefined;
          const waiting = this.#hasSlot ? undefined : this.#enterModel();
          if (waiting !== undefined) await waiting;
          const deployment = this.#begin(again);
          const { call, record, cancellation } = this;
          const answer = await this.services.caller.open(deployment, call, record, cancellation, why);
          const receiving = this.#receive(answer, deployment);
          if (receiving !== undefined) await receiving;
          return this;
        } catch (error) {
          failed = error instanceof GatewayError ? error : new InternalError(error);
        }
        [why, again] = await this.#next(failed);
        // The back-offs of several calls may end in the same turn, and each attempt may copy its
        // body.
        if (this.call.request.body.length > LARGE_BODY_BYTES) await this.cancellation.race(nextTurn());
      }
    } catch (error) {
      this.#leaveModel();
      throw error;
    }
  }

  /** Nearly always, all of them support the client's wire format. */
  #unable(model: Model): Deployment[] {
    const { request } = this.call;
    for (const { upstream } of model.deployments)
      if (!upstream.dialects.includes(request.dialect)) return unable(model, request);
    return [];
  }

  /** Call this when the response has been delivered or has failed on its way. */
  end(error?: GatewayError): void {
    const deployment = this.#deployment!;
    deployment.state.outstanding--;
    this.#leaveModel();
    const hasBegun = this.stream?.hasBegun ?? this.bytes !== undefined;
    if (error !== undefined)
      deployment.failed(this.record.client, this.#pass, error, judgeFailure(error), hasBegun);
    else if (!hasBegun) deployment.state.succeeded(this.record.client, this.#pass, this.call.isTest);
  }

  /**
   * The deployment of the next attempt, which counts as running there.
   * @throws UpstreamError if none may be called
   */
  #begin(again: Deployment | undefined): Deployment {
    const { model, call, record, cancellation } = this;
    const deployment = again ?? choose(model, this.#choice());
    if (deployment === undefined) throw circuitOpen(model, record.client);
    this.#pass = deployment.state.breaker.enter(performance.now(), record.client, call.isTest);
    this.#deployment = deployment;
    deployment.state.outstanding++;
    cancellation.finishes = model.config.on_client_disconnect === 'finish' && !call.isTest;
    return deployment;
  }

  #receive(answer: AcceptedAnswer, deployment: Deployment): Promise<void> | undefined {
    const { exchange, request } = answer;
    const { limits, timeouts } = deployment.config;
    this.#source = exchange;
    this.headers = exchange.headers;
    this.request = request;
    this.hidesUsage = answer.hidesUsage === true;
    this.limits = limits;
    this.timeouts = timeouts;
    if (isEmpty(exchange)) throw withoutBody(exchange);
    const { dialect, isStream } = this.call.request;
    const form = dialect.replyForm?.(exchange.headers) ?? (isStream ? 'events' : 'document');
    if (form === 'document') return this.readWhole(answer);
    if (form === 'bytes') return this.#openBytes(exchange, deployment);
    return openStream(answer, this, () =>
      deployment.state.succeeded(this.record.client, this.#pass, this.call.isTest),
    );
  }

  readWhole(answer: AcceptedAnswer): Promise<void> | undefined {
    const { failure } = this.services;
    const reading = readWholeAnswer(answer, this.call, this.record, failure, this.limits.answer);
    if (reading instanceof Promise) return reading.then((whole) => void (this.whole = whole));
    this.whole = reading;
    return undefined;
  }

  async #openBytes(exchange: AnswerSource, deployment: Deployment): Promise<void> {
    this.bytes = await OpenedBytes.of(exchange);
    deployment.state.succeeded(this.record.client, this.#pass, this.call.isTest);
  }

  /** Settles when the next attempt may begin. @throws GatewayError if there is none */
  async #next(error: GatewayError): Promise<[why: AttemptReason, again?: Deployment]> {
    const { cancellation, record } = this;
    const failure = judgeFailure(error);
    const deployment = this.#deployment;
    if (deployment !== undefined) {
      // A translation knows what was used before it failed.
      record.spend(this.#source?.usage);
      this.#source = undefined;
      record.endAttempt(error);
      deployment.state.outstanding--;
      deployment.failed(record.client, this.#pass, error, failure);
    }
    if (cancellation.reason !== undefined) throw cancellation.reason;
    if (cancellation.hasLeft) throw new CallerLeftError();
    cancellation.finishes = false;
    if (this.#failure === undefined || deployment !== undefined) this.#failure = error;
    return this.#follow(failure, deployment);
  }

  async #follow(
    failure: AttemptFailure,
    deployment: Deployment | undefined,
  ): Promise<[why: AttemptReason, again?: Deployment]> {
    const { cancellation, call } = this;
    const { client } = this.record;
    const { budget } = this.services;
    // Part of an upload was sent and cannot be sent again.
    if (call.request.isSpent === true) throw this.#failure!;
    const plan = this.#retryPlan();
    if (deployment !== undefined && !this.#tried.includes(deployment)) this.#tried.push(deployment);
    const now = performance.now();
    const step = plan.next(failure, {
      canRepeat:
        deployment !== undefined &&
        budget.hasRoom(now, client) &&
        deployment.state.breaker.allows(now, client),
      hasOther: hasOther(this.model, this.#choice()),
    });
    switch (step.kind) {
      case 'repeat': {
        budget.spend(now, client);
        if (step.waitMs > 0) await cancellation.pause(step.waitMs);
        // The breaker may have opened meanwhile.
        const isLet = call.isTest || deployment!.state.breaker.allows(performance.now(), client);
        return isLet ? ['retry', deployment] : ['failover'];
      }
      case 'elsewhere':
        return ['failover'];
      case 'fallback':
        this.#leaveModel();
        this.model = step.model;
        this.#tried = this.#unable(step.model);
        return ['fallback'];
      case 'give_up':
        throw this.#failure!;
    }
  }

  #retryPlan(): RetryPlan<Model> {
    const { model, call } = this;
    return (this.#plan ??= new RetryPlan<Model>(model, model.config.retry, Math.random, (fallback) =>
      canFallBack(fallback, call.request),
    ));
  }

  /** Whether another attempt is possible; until then, the headers of a stream are held back. */
  mayFollow(): boolean {
    if (this.call.request.isSpent === true) return false;
    const { retry } = this.model.config;
    return this.#plan?.mayFollow ?? (retry.max_retries > 0 || this.model.fallbacks.length > 0);
  }

  /** The upstream sent 200 and nothing else: another deployment or model may do better. */
  stalled(): GatewayError | undefined {
    const error = new UpstreamError(
      'first_byte_timeout',
      'The upstream sent response headers, but no event within commit_wait_seconds.',
    );
    const plan = this.#retryPlan();
    const isReplaceable = hasOther(this.model, this.#choice([...this.#tried, this.#deployment!]));
    return plan.wouldMove(judgeFailure(error), isReplaceable) ? error : undefined;
  }

  #choice(tried: readonly Deployment[] = this.#tried): ChoiceOptions {
    return { tried, client: this.record.client, isTest: this.call.isTest, budget: this.services.budget };
  }

  /** @returns a promise if the call has to wait for its slot */
  #enterModel(): Promise<void> | undefined {
    if (!this.model.limit.enter(this.record.client)) return this.#waitForSlot();
    this.#hasSlot = true;
    return undefined;
  }

  async #waitForSlot(): Promise<void> {
    const { limit, config } = this.model;
    const { client } = this.record;
    await limit.wait(config.limits, this.cancellation, client);
    if (this.cancellation.reason !== undefined) {
      limit.leave(client);
      throw this.cancellation.reason;
    }
    this.#hasSlot = true;
  }

  isSlotWanted(): boolean {
    return this.#hasSlot && this.model.limit.isWantedByOthers(this.record.client);
  }

  #leaveModel(): void {
    if (this.#hasSlot) this.model.limit.leave(this.record.client);
    this.#hasSlot = false;
  }
}
