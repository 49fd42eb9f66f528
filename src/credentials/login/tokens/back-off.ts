/** Increasing pauses after repeated failures of one kind. */
export class BackOff {
  #failures = 0;
  #untilMs = 0;
  #error: (() => Error) | undefined;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  /**
   * @param error creates the error that fails calls at once during the pause
   * @param atLeastMs how long the service asked to wait
   */
  failed(nowMs: number, error: () => Error, atLeastMs = 0): void {
    const pauseMs = Math.min(this.firstMs * 2 ** this.#failures, this.longestMs);
    this.#untilMs = nowMs + Math.max(pauseMs, atLeastMs);
    this.#failures++;
    this.#error = error;
  }

  /** Counts failures elsewhere: they begin no pause, but lengthen the next. */
  countAtLeast(failures: number): void {
    this.#failures = Math.max(this.#failures, failures);
  }

  /**
   * The error of the last failure during the pause; undefined if the pause is over or there was no
   * failure.
   */
  errorAt(nowMs: number): Error | undefined {
    return nowMs < this.#untilMs ? this.#error?.() : undefined;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Epoch milliseconds; in the past when there is no pause. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /**
   * Continues the pause of another replica.
   * @param atLeastMs how long the service asked that replica to wait
   */
  adopt(failures: number, untilMs: number, error: () => Error, atLeastMs = 0): void {
    this.countAtLeast(failures);
    // Clocks differ between machines, so a pause is never longer than it could be here.
    const pauseMs = Math.min(this.firstMs * 2 ** Math.max(0, failures - 1), this.longestMs);
    const longestMs = Math.max(pauseMs, atLeastMs);
    this.#untilMs = Math.max(this.#untilMs, Math.min(untilMs, Date.now() + longestMs));
    this.#error = error;
  }

  clear(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#error = undefined;
  }
}
