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

  clear(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#error = undefined;
  }
}
