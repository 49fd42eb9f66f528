const SLICES = 10;

/** Calls and failures within a sliding window of time, which is counted in slices. */
export class OutcomeWindow {
  readonly #calls = new Float64Array(SLICES);
  readonly #failures = new Float64Array(SLICES);
  readonly #sliceMs: number;
  #slice = 0;

  constructor(windowMs: number) {
    this.#sliceMs = Math.max(1, windowMs / SLICES);
  }

  /** @param now milliseconds of a monotonic clock */
  add(now: number, calls: number, failures: number): void {
    if (Math.floor(now / this.#sliceMs) > this.#slice) this.#turnTo(now);
    const index = this.#slice % SLICES;
    this.#calls[index]! += calls;
    this.#failures[index]! += failures;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  callsUntil(now: number): number {
    this.#turnTo(now);
    return this.#calls.reduce((sum, count) => sum + count, 0);
  }

  failuresUntil(now: number): number {
    this.#turnTo(now);
    return this.#failures.reduce((sum, count) => sum + count, 0);
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    for (let next = Math.max(this.#slice + 1, slice - SLICES + 1); next <= slice; next++) {
      this.#calls[next % SLICES] = 0;
      this.#failures[next % SLICES] = 0;
    }
    this.#slice = Math.max(slice, this.#slice);
  }
}
