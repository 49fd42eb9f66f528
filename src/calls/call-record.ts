import { hasTokens } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ClientRoute } from '../protocol/client-route.js';
import { type Operation, CHAT } from '../protocol/operation.js';
import { type Standings } from '../protocol/rate-limits.js';
import { type CallTrace } from './call-trace.js';
import { AttemptRecord, type AttemptReason } from './attempt-record.js';

/** The facts reported about one request: filled in during the request, read at its end. */
export class CallRecord {
  /** When the request came in, by `performance.now()`. */
  readonly startedAtMs = performance.now();
  /** The requested operation; tests and probes use chat. */
  readonly operation: Operation;
  /** How long the request took, in milliseconds; NaN until it is over. */
  durationMs = NaN;
  /** Name of the API key; undefined before authentication, and without a valid key. */
  client: string | undefined;
  /** The team of that key, if it has one. */
  team: string | undefined;
  /** Name of the configured model; never the raw text that a client sent. */
  model: string | undefined;
  modelType: string | undefined;
  isStream = false;
  /** Calls sent upstream; 0 when none was sent. */
  attempts = 0;
  /** All attempts, in order; a failed login counts as one, too. */
  readonly attemptLog: AttemptRecord[] = [];
  upstreamStatus: number | undefined;
  firstTokenMs: number | undefined;
  /** Undefined while neither the service nor the gateway has counted anything. */
  usage: Usage | undefined;
  /**
   * The cost of the call, in billionths of a US dollar; set when its upstream part has ended. Null:
   * it used something whose price is unknown. Undefined: not determined.
   */
  costNanoUsd: number | null | undefined;
  /** The prices that were used, and their source, such as `config: input 2.5, output 10`. */
  price: string | undefined;
  /** The call's slot among its client's concurrent calls; undefined for a client without limits. */
  place: { leave(): void } | undefined;
  /** The rest of the client's limits per minute; undefined for a client without such limits. */
  standings: Standings | undefined;
  /**
   * Whether a cached response was returned; `bypass`: the call could not use the cache. Undefined
   * for models without cached responses.
   */
  cache: 'hit' | 'miss' | 'bypass' | undefined;
  /**
   * Names of the fields that the service's format cannot express of the request, or the client's
   * format of the response.
   */
  dropped: readonly string[] = [];
  /**
   * The time that the gateway itself took until the response headers were sent; undefined before
   * that.
   */
  overheadMs: number | undefined;
  /** Undefined for a request that is not traced. */
  trace: CallTrace | undefined;
  /** The failure that ended the request, before or after the response had begun. */
  error: GatewayError | undefined;

  constructor(
    readonly requestId: string,
    readonly method: string,
    /** Without the query, which may contain anything. */
    readonly path: string,
    /** Undefined for a request that is not a model call; tests and probes chat without one. */
    readonly route?: ClientRoute,
  ) {
    this.operation = route?.operation ?? CHAT;
  }

  /** Whether something was delivered whose usage nobody has counted. */
  get isUncounted(): boolean {
    if (this.usage !== undefined || this.attempts === 0 || this.operation.isFree === true) return false;
    return this.error === undefined || this.firstTokenMs !== undefined;
  }

  /** Milliseconds since the request came in, or, when it is over, its duration. */
  get elapsedMs(): number {
    return Number.isNaN(this.durationMs) ? performance.now() - this.startedAtMs : this.durationMs;
  }

  /** Marks the request as over, so that all reports have the same duration. */
  end(): void {
    this.durationMs = this.elapsedMs;
  }

  /**
   * Time spent waiting for upstreams until `untilMs`, in milliseconds; the rest of `elapsedMs` is
   * the gateway's own.
   */
  upstreamMs(untilMs = this.elapsedMs): number {
    let sum = 0;
    for (const { startMs, endMs = untilMs } of this.attemptLog) sum += endMs - startMs;
    return sum;
  }

  /** Begins an attempt; the caller records its outcome. */
  attempt(model: string, deployment: string, why: AttemptReason): AttemptRecord {
    const attempt = new AttemptRecord(model, deployment, why, this.elapsedMs);
    this.attemptLog.push(attempt);
    return attempt;
  }

  /** Records the usage of the running attempt, which has failed. */
  spend(usage: Usage | undefined): void {
    const attempt = this.attemptLog.at(-1);
    if (attempt !== undefined && usage !== undefined && hasTokens(usage)) attempt.spent = usage;
  }

  /** Ends the running attempt, if there is one. */
  endAttempt(error?: GatewayError): void {
    const attempt = this.attemptLog.at(-1);
    if (attempt === undefined || attempt.endMs !== undefined) return;
    attempt.endMs = this.elapsedMs;
    attempt.error = error?.logCode;
    attempt.failure = error;
  }

  /** Whether more than one attempt was made, not counting renewed credentials. */
  get hasRetried(): boolean {
    return this.attemptLog.some(({ why }) => why !== 'first' && why !== 'renewal');
  }

  /** Records the time of the first event with content, once. */
  firstToken(): void {
    this.firstTokenMs ??= this.elapsedMs;
  }
}
