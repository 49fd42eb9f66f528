import { type ErrorCode } from '../../errors/guide/error-guide.js';
import { type CheckKind, type CheckResult, isDisproved } from './check-result.js';
import { type CallFigures, MinuteRing, RING_MINUTES } from './minute-ring.js';
import { type ModelState, type ModelVerdict, type StateChange } from './model-state.js';
import { RecentOutcomes } from './recent-outcomes.js';

export type AvailabilityStatus = 'available' | 'unavailable' | 'unknown';

/** The availability of a model, according to calls and checks. Times are epoch milliseconds. */
export interface Availability {
  status: AvailabilityStatus;
  lastSuccessAtMs?: number;
  lastFailureAtMs?: number;
  lastError?: string;
  lastResponseTimeMs?: number;
}

const RECENT_MINUTES = 5;
/** How long a slowness verdict is cached: it changes by the minute, so need not be computed on each call. */
const SLOWNESS_MS = 5_000;
/** Minimum numbers of recent and earlier calls for a slowness verdict. */
const ENOUGH_RECENT = 3;
const ENOUGH_BEFORE = 10;
/** A model is slow when its latency is 2.5 times as high as before and at least one second higher. */
const SLOW_TIMES = 2.5;
const SLOW_EXTRA_MS = 1000;

/** Observations of one model: its figures, its newest outcomes and its state. */
export class ModelWatch {
  readonly seen: Availability = { status: 'unknown' };
  /** The latest background check. */
  check: CheckResult | undefined;
  #ring: MinuteRing | undefined;
  readonly #outcomes = new RecentOutcomes();
  #state: ModelState = 'never_seen';
  #code: ErrorCode | undefined;
  #failedBy: CheckKind | 'call' = 'call';
  #lastCallSuccessAtMs = 0;
  #slownessAskedAtMs = 0;

  constructor(
    private readonly model: string,
    private sinceMs: number,
    private readonly onChange: (change: StateChange) => void,
    /** Latency above which the model counts as slow, in milliseconds; 0 disables; undefined compares with the previous hour. */
    private readonly slowMs: () => number | undefined,
  ) {}

  /** Records a successful call. @param client undefined: the gateway itself */
  success(nowMs: number, durationMs: number, firstTokenMs: number | undefined, client?: string): void {
    this.#lastCallSuccessAtMs = nowMs;
    this.seen.status = 'available';
    this.seen.lastSuccessAtMs = nowMs;
    this.seen.lastResponseTimeMs = durationMs;
    (this.#ring ??= new MinuteRing()).success(nowMs, durationMs, firstTokenMs);
    this.#outcomes.add(nowMs, true, client);
    this.#succeeded(nowMs);
  }

  /**
   * Records a call that failed because of the service or the gateway's access to it.
   * @param client undefined: the gateway itself
   * @param isProvokable whether the client's request may be the cause
   */
  failure(
    nowMs: number,
    code: ErrorCode,
    isCredentialRefused: boolean,
    client?: string,
    isProvokable = false,
  ): void {
    this.#outcomes.add(nowMs, false, client, isProvokable);
    this.#noteFailure(nowMs, code, !isProvokable || this.#outcomes.concernsAll(client, nowMs));
    (this.#ring ??= new MinuteRing()).error(nowMs);
    this.#failed(nowMs, code, isCredentialRefused, 'call');
  }

  /** Records a background check, which affects the state but not the call figures. */
  checked(result: CheckResult): void {
    this.check = result;
    const { atMs, code, kind } = result;
    const addOutcome = (isSuccess: boolean): void => {
      if (kind === 'chat') this.#outcomes.add(atMs, isSuccess);
      else this.#outcomes.addCheck(atMs, isSuccess);
    };
    if (code !== undefined) {
      addOutcome(false);
      this.#noteFailure(atMs, code, true);
      this.#failed(atMs, code, result.isCredentialRefused, kind);
    } else if (!this.#isBroken() || isDisproved(this.#code, this.#failedBy, kind)) {
      this.seen.status = 'available';
      this.seen.lastSuccessAtMs = atMs;
      addOutcome(true);
      this.#succeeded(atMs);
    }
  }

  /** The current state, which may change without a call when latency is re-evaluated. */
  verdict(nowMs: number): ModelVerdict {
    this.#judgeSpeed(nowMs);
    return { state: this.#state, sinceMs: this.sinceMs, code: this.#code };
  }

  /** Whether a call has succeeded since `sinceMs` and nothing is wrong. @param sinceMs epoch milliseconds */
  isHealthySince(sinceMs: number): boolean {
    return !this.#isBroken() && this.#lastCallSuccessAtMs > 0 && this.#lastCallSuccessAtMs >= sinceMs;
  }

  /** The figures of the last minutes, at most sixty. */
  figures(nowMs: number, minutes: number): CallFigures | undefined {
    return this.#ring?.figures(nowMs, minutes);
  }

  /** The figures of each of the last sixty minutes, oldest first. */
  series(nowMs: number): CallFigures[] {
    const ring = (this.#ring ??= new MinuteRing());
    return Array.from({ length: RING_MINUTES }, (_, index) =>
      ring.figures(nowMs - (RING_MINUTES - 1 - index) * 60_000, 1),
    );
  }

  #noteFailure(nowMs: number, code: ErrorCode, concernsAll: boolean): void {
    if (concernsAll) this.seen.status = 'unavailable';
    this.seen.lastFailureAtMs = nowMs;
    this.seen.lastError = code;
  }

  #succeeded(nowMs: number): void {
    if (this.#state === 'ok' || this.#state === 'slow') {
      if (nowMs - this.#slownessAskedAtMs >= SLOWNESS_MS) this.#judgeSpeed(nowMs);
    } else if (this.#state === 'never_seen') this.#enter('ok', undefined, nowMs);
    else if (this.#outcomes.isMended(nowMs)) {
      this.#enter('ok', undefined, nowMs);
      this.#slownessAskedAtMs = nowMs;
    }
  }

  #failed(nowMs: number, code: ErrorCode, isCredentialRefused: boolean, by: CheckKind | 'call'): void {
    if (!this.#outcomes.isBroken(nowMs)) return;
    const wasBroken = this.#isBroken();
    this.#failedBy = by;
    // An open circuit is the result of failures, not their cause.
    if (wasBroken && code === 'circuit_open') return;
    this.#enter(isCredentialRefused ? 'credentials_refused' : 'failing', code, nowMs);
  }

  #isBroken(): boolean {
    return this.#state === 'failing' || this.#state === 'credentials_refused';
  }

  #judgeSpeed(nowMs: number): void {
    if (this.#state !== 'ok' && this.#state !== 'slow') return;
    if (nowMs - this.#slownessAskedAtMs < SLOWNESS_MS) return;
    this.#slownessAskedAtMs = nowMs;
    this.#enter(this.#isSlow(nowMs) ? 'slow' : 'ok', undefined, nowMs);
  }

  #isSlow(nowMs: number): boolean {
    if (this.#ring === undefined) return false;
    const recent = this.#ring.waiting(nowMs, 0, RECENT_MINUTES, ENOUGH_RECENT);
    const limitMs = this.slowMs();
    if (limitMs === 0) return false;
    if (limitMs !== undefined) return (recent.streams ?? 0) > limitMs || (recent.plain ?? 0) > limitMs;
    const before = this.#ring.waiting(nowMs, RECENT_MINUTES, RING_MINUTES - RECENT_MINUTES, ENOUGH_BEFORE);
    return isSlower(recent.streams, before.streams) || isSlower(recent.plain, before.plain);
  }

  #enter(state: ModelState, code: ErrorCode | undefined, nowMs: number): void {
    this.#code = code;
    if (state === this.#state) return;
    const from = this.#state;
    this.#state = state;
    this.sinceMs = nowMs;
    this.onChange({ atMs: nowMs, model: this.model, from, to: state, code });
  }
}

function isSlower(recentMs: number | undefined, beforeMs: number | undefined): boolean {
  if (recentMs === undefined || beforeMs === undefined) return false;
  return recentMs > beforeMs * SLOW_TIMES && recentMs > beforeMs + SLOW_EXTRA_MS;
}
