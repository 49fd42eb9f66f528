import { type Usage } from '../conversation/usage.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { clientRouteOf } from '../protocol/client-route.js';
import { type ErrorFormat, OPENAI_ERRORS } from '../protocol/error-format.js';
import { type Operation, CHAT } from '../protocol/operation.js';
import { type CallTrace } from './call-trace.js';
import { AttemptRecord, type AttemptReason } from './attempt-record.js';

/** What is reported of one request: filled in on its way, read once at its end. */
export class CallRecord {
  readonly #startedAt = performance.now();
  /** Name of the API key; undefined before, or without, a good one. */
  client: string | undefined;
  /** Name of the configured model; never what a caller merely typed. */
  model: string | undefined;
  modelType: string | undefined;
  isStream = false;
  /** Calls sent upstream, counted from 1; 0 when none was. */
  attempts = 0;
  /** What was tried where, in order; a credential that could not be had leaves an entry, too. */
  readonly attemptLog: AttemptRecord[] = [];
  upstreamStatus: number | undefined;
  firstTokenMs: number | undefined;
  usage: Usage | undefined;
  /** What the gateway itself took until the head of the answer; undefined before. */
  overheadMs: number | undefined;
  /** Undefined where this request is not traced. */
  trace: CallTrace | undefined;
  /** The failure that ended the request, before or after the answer had begun. */
  error: GatewayError | undefined;

  constructor(
    readonly requestId: string,
    readonly method: string,
    /** Without the query, which may hold anything. */
    readonly path: string,
  ) {}

  /** What a model is asked to do, if one is asked: tests and probes chat. */
  get operation(): Operation {
    return clientRouteOf(this.path)?.operation ?? CHAT;
  }

  /** How failures are reported to this client. */
  get errorFormat(): ErrorFormat {
    return clientRouteOf(this.path)?.errors ?? OPENAI_ERRORS;
  }

  /** Since the request came in, in milliseconds. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Time spent on model services so far, in milliseconds; the rest of `elapsedMs` is the gateway's own. */
  get upstreamMs(): number {
    let sum = 0;
    for (const { startMs, endMs } of this.attemptLog) sum += (endMs ?? this.elapsedMs) - startMs;
    return sum;
  }

  /** Begins an attempt; the caller of this fills in its outcome. */
  attempt(model: string, deployment: string, why: AttemptReason): AttemptRecord {
    const attempt = new AttemptRecord(model, deployment, why, this.elapsedMs);
    this.attemptLog.push(attempt);
    return attempt;
  }

  /** The running attempt, if there is one, is over. */
  endAttempt(error?: GatewayError): void {
    const attempt = this.attemptLog.at(-1);
    if (attempt === undefined || attempt.endMs !== undefined) return;
    attempt.endMs = this.elapsedMs;
    attempt.error = error?.logCode;
    attempt.failure = error;
  }

  /** Whether the gateway has tried more than once, or elsewhere, renewed credentials aside. */
  get hasRetried(): boolean {
    return this.attemptLog.some(({ why }) => why !== 'first' && why !== 'renewal');
  }

  /** Notes the first event that carries an answer, once. */
  firstToken(): void {
    this.firstTokenMs ??= this.elapsedMs;
  }
}
