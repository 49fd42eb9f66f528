/** Longer and longer pauses after repeated failures of one kind. */
export class BackOff {
  #failures = 0;
  #untilMs = 0;
  #error: (() => Error) | undefined;

  constructor(
    private readonly firstMs: number,
    private readonly longestMs: number,
  ) {}

  /** @param error makes the error that whoever asks during the pause gets at once */
  failed(nowMs: number, error: () => Error): void {
    this.#untilMs = nowMs + Math.min(this.firstMs * 2 ** this.#failures, this.longestMs);
    this.#failures++;
    this.#error = error;
  }

  /** The error of the last failure while the pause lasts; undefined when it is over or there was none. */
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

  /** Goes on where another replica stands. */
  adopt(failures: number, untilMs: number, error: () => Error): void {
    this.#failures = Math.max(this.#failures, failures);
    // Clocks differ between machines: never longer than this pause could be here.
    const longestMs = Math.min(this.firstMs * 2 ** Math.max(0, failures - 1), this.longestMs);
    this.#untilMs = Math.max(this.#untilMs, Math.min(untilMs, Date.now() + longestMs));
    this.#error = error;
  }

  clear(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#error = undefined;
  }
}
