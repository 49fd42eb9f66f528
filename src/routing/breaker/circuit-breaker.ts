import { type BreakerConfig } from '../../config/settings.js';
import { OutcomeWindow } from './outcome-window.js';

export type BreakerState = 'closed' | 'half_open' | 'open';

/**
 * How the breaker treats a call: refuses it, lets it through, or lets it through as the half-open
 * trial.
 */
export type Pass = 'refused' | 'ordinary' | 'trial';

/** Longest pause that an upstream can ask for; after it, a trial is made nevertheless. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * Stops calling a deployment that fails too often. Opens when the share of failures over a window
 * is too high, or for as long as the upstream asks; then lets one trial call through, whose outcome
 * decides. Times are milliseconds of a monotonic clock.
 */
export class CircuitBreaker {
  readonly #window: OutcomeWindow;
  #isOpen = false;
  #trialFromMs = 0;
  #isOnTrial = false;

  constructor(
    private readonly settings: BreakerConfig,
    private readonly onChange: (state: BreakerState, reason: string, seconds?: number) => void = () =>
      undefined,
    /** Called when the share of failures is too high. */
    private readonly mayOpen: (now: number) => boolean = () => true,
  ) {
    this.#window = new OutcomeWindow(settings.window_seconds * 1000);
  }

  /** Whether it is not closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** `half_open`: the next call is the trial, or the trial is running. */
  state(now: number): BreakerState {
    if (!this.#isOpen) return 'closed';
    return this.#isOnTrial || now >= this.#trialFromMs ? 'half_open' : 'open';
  }

  /** Calls and failures within the window. */
  counts(now: number): { readonly calls: number; readonly failures: number } {
    return { calls: this.#window.callsUntil(now), failures: this.#window.failuresUntil(now) };
  }

  /** Whether a call would get through. */
  allows(now: number): boolean {
    return !this.#isOpen || (!this.#isOnTrial && now >= this.#trialFromMs);
  }

  /** Time until the next trial, in milliseconds; 0 if the breaker is closed. */
  remainingMs(now: number): number {
    return this.#isOpen ? Math.max(0, this.#trialFromMs - now) : 0;
  }

  /**
   * Lets a call through or refuses it. The outcome of a call that was let through must be reported.
   * @param isTest an operator's test also passes an open breaker
   */
  enter(now: number, isTest = false): Pass {
    if (!this.#isOpen) return 'ordinary';
    if (!this.allows(now)) return isTest ? 'ordinary' : 'refused';
    this.#isOnTrial = true;
    this.onChange('half_open', 'the next call is a trial');
    return 'trial';
  }

  /** @param isTest an operator's test, which counts in any state */
  succeeded(now: number, pass: Pass, isTest = false): void {
    if (!this.#isOpen) this.#window.add(now, 1, 0);
    else if (pass === 'trial' || isTest) this.#close();
  }

  /**
   * @param reason error code, for the log
   * @param pauseMs how long the upstream asks not to be called, if that is too long for a call to
   * wait
   */
  failed(now: number, pass: Pass, reason: string, pauseMs?: number): void {
    if (pass === 'trial') {
      this.#isOnTrial = false;
      this.#open(now, reason, pauseMs);
      return;
    }
    if (this.#isOpen || !this.settings.enabled) return;
    this.#window.add(now, 1, 1);
    if (pauseMs !== undefined) this.#open(now, reason, pauseMs);
    else this.#judge(now, reason);
  }

  /** Opens at once, whatever the share of failures is. */
  open(now: number, reason: string): void {
    this.#isOnTrial = false;
    this.#open(now, reason);
  }

  /**
   * Call this when a call that was counted as a success failed later, because its response was cut
   * off.
   */
  relapsed(now: number, reason: string): void {
    if (this.#isOpen || !this.settings.enabled) return;
    this.#window.add(now, 0, 1);
    this.#judge(now, reason);
  }

  /** Call this when the outcome is inconclusive: the client disconnected or sent a bad request. */
  inconclusive(pass: Pass): void {
    if (pass === 'trial') this.#isOnTrial = false;
  }

  #judge(now: number, reason: string): void {
    const calls = this.#window.callsUntil(now);
    if (calls < this.settings.min_requests) return;
    if (this.#window.failuresUntil(now) * 100 < calls * this.settings.failure_percent) return;
    if (this.mayOpen(now)) this.#open(now, reason);
  }

  #open(now: number, reason: string, pauseMs = this.settings.open_seconds * 1000): void {
    this.#isOpen = true;
    const pause = Math.min(pauseMs, LONGEST_PAUSE_MS);
    this.#trialFromMs = now + pause;
    this.#window.clear();
    this.onChange('open', reason, pause / 1000);
  }

  #close(): void {
    this.#isOpen = false;
    this.#isOnTrial = false;
    this.#window.clear();
    this.onChange('closed', 'a call succeeded');
  }
}
