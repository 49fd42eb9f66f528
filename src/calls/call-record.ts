import { hasTokens } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ClientRoute } from '../protocol/client-route.js';
import { type Operation, CHAT } from '../protocol/operation.js';
import { type Standings } from '../protocol/rate-limits.js';
import { type CallTrace } from './call-trace.js';
import { AttemptRecord, type AttemptReason } from './attempt-record.js';

/** What is reported about one request: filled in during the request, read at its end. */
export class CallRecord {
  /** When the request came in, by `performance.now()`. */
  readonly startedAtMs = performance.now();
  /** The operation that a model is asked for; tests and probes use chat. */
  readonly operation: Operation;
  #durationMs: number | undefined;
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
  /** All attempts, in order; a login that failed counts as one, too. */
  readonly attemptLog: AttemptRecord[] = [];
  upstreamStatus: number | undefined;
  firstTokenMs: number | undefined;
  /** Undefined while nothing has been counted: neither by the service nor by the gateway. */
  usage: Usage | undefined;
  /**
   * What the call cost, in billionths of a US dollar; set when its upstream part has ended. Null: it used something
   * whose price is not known. Undefined: not determined.
   */
  costNanoUsd: number | null | undefined;
  /** The prices that were used, and where they are from, such as `config: input 2.5, output 10`. */
  price: string | undefined;
  /** The place of the call among those that its client may make at once; undefined for a client without limits. */
  place: { leave(): void } | undefined;
  /** What is left of the limits per minute of the client; undefined for a client without. */
  standings: Standings | undefined;
  /**
   * Whether an earlier response was given; `bypass`: none could have been. Undefined for models whose responses are not
   * kept.
   */
  cache: 'hit' | 'miss' | 'bypass' | undefined;
  /** What the model's service cannot be told of the request, and the client not of the response, by names. */
  dropped: readonly string[] = [];
  /** The time that the gateway itself took until the head of the response; undefined before that. */
  overheadMs: number | undefined;
  /** Undefined where this request is not traced. */
  trace: CallTrace | undefined;
  /** The failure that ended the request, before or after the response had begun. */
  error: GatewayError | undefined;

  constructor(
    readonly requestId: string,
    readonly method: string,
    /** Without the query, which may hold anything. */
    readonly path: string,
    /** Undefined where no model is asked for something; tests and probes chat without one. */
    readonly route?: ClientRoute,
  ) {
    this.operation = route?.operation ?? CHAT;
  }

  /** Whether something was delivered, and nobody knows what it used. */
  get isUncounted(): boolean {
    if (this.usage !== undefined || this.attempts === 0 || this.operation.isFree === true) return false;
    return this.error === undefined || this.firstTokenMs !== undefined;
  }

  /** Milliseconds since the request came in; once it is over, how long it took. */
  get elapsedMs(): number {
    return this.#durationMs ?? performance.now() - this.startedAtMs;
  }

  /** The request is over: all that report it say the same duration. */
  end(): void {
    this.#durationMs = this.elapsedMs;
  }

  /** Time spent waiting for upstreams until then, in milliseconds; the rest of `elapsedMs` is the gateway's own. */
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

  /** Notes what the running attempt has used though it fails. */
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

  /** Whether more than one attempt was made, renewed credentials aside. */
  get hasRetried(): boolean {
    return this.attemptLog.some(({ why }) => why !== 'first' && why !== 'renewal');
  }

  /** Notes the first event that carries a reply, once. */
  firstToken(): void {
    this.firstTokenMs ??= this.elapsedMs;
  }
}
