import { type BreakerConfig } from '../../config/settings.js';
import { OutcomeWindow } from './outcome-window.js';

export type BreakerState = 'closed' | 'half_open' | 'open';

/** How a call went through: not at all, as one of many, or as the one that tries an open breaker. */
export type Pass = 'refused' | 'ordinary' | 'probe';

/** An upstream that asks for a longer pause is tried before its time all the same. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * Leaves a deployment alone that fails too often: opens when the share of failures over a window is too high, or for
 * as long as the upstream asks; then lets one call through, whose outcome decides. Times are milliseconds of a clock
 * that never goes back.
 */
export class CircuitBreaker {
  readonly #window: OutcomeWindow;
  #isOpen = false;
  #letsTryAt = 0;
  #isProbing = false;

  constructor(
    private readonly settings: BreakerConfig,
    private readonly onChange: (state: BreakerState, reason: string, seconds?: number) => void = () =>
      undefined,
    /** Asked when the share of failures is too high. */
    private readonly mayOpen: (now: number) => boolean = () => true,
  ) {
    this.#window = new OutcomeWindow(settings.window_seconds * 1000);
  }

  /** `half_open`: the next call may try, or one is trying. */
  state(now: number): BreakerState {
    if (!this.#isOpen) return 'closed';
    return this.#isProbing || now >= this.#letsTryAt ? 'half_open' : 'open';
  }

  /** Calls and failures of the window. */
  counts(now: number): { readonly calls: number; readonly failures: number } {
    return { calls: this.#window.callsUntil(now), failures: this.#window.failuresUntil(now) };
  }

  /** Whether a call would get through. */
  allows(now: number): boolean {
    return !this.#isOpen || (!this.#isProbing && now >= this.#letsTryAt);
  }

  /** How long it will stay closed to everyone. */
  remainingMs(now: number): number {
    return this.#isOpen ? Math.max(0, this.#letsTryAt - now) : 0;
  }

  /**
   * Lets a call pass, or refuses it. Unless refused, report its outcome.
   * @param isTest an operator's test passes an open breaker, too
   */
  enter(now: number, isTest = false): Pass {
    if (!this.#isOpen) return 'ordinary';
    if (!this.allows(now)) return isTest ? 'ordinary' : 'refused';
    this.#isProbing = true;
    this.onChange('half_open', 'one call may try');
    return 'probe';
  }

  /** @param isTest an operator's test, which counts whatever the state is */
  succeeded(now: number, pass: Pass, isTest = false): void {
    if (!this.#isOpen) this.#window.add(now, 1, 0);
    else if (pass === 'probe' || isTest) this.#close();
  }

  /**
   * @param reason a word for the log
   * @param pauseMs how long the upstream asks to be left alone, where that is too long to wait for
   */
  failed(now: number, pass: Pass, reason: string, pauseMs?: number): void {
    if (pass === 'probe') {
      this.#isProbing = false;
      this.#open(now, reason, pauseMs);
      return;
    }
    if (this.#isOpen || !this.settings.enabled) return;
    this.#window.add(now, 1, 1);
    if (pauseMs !== undefined) this.#open(now, reason, pauseMs);
    else this.#judge(now, reason);
  }

  /** Opens at once, whatever the window says. */
  open(now: number, reason: string): void {
    this.#isProbing = false;
    this.#open(now, reason);
  }

  /** A call that had gone well went wrong after all: an answer that broke off half way. */
  relapsed(now: number, reason: string): void {
    if (this.#isOpen || !this.settings.enabled) return;
    this.#window.add(now, 0, 1);
    this.#judge(now, reason);
  }

  /** The call ended in a way that says nothing: its caller left, or was wrong. */
  toldNothing(pass: Pass): void {
    if (pass === 'probe') this.#isProbing = false;
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
    this.#letsTryAt = now + pause;
    this.#window.clear();
    this.onChange('open', reason, pause / 1000);
  }

  #close(): void {
    this.#isOpen = false;
    this.#isProbing = false;
    this.#window.clear();
    this.onChange('closed', 'a call went well');
  }
}
