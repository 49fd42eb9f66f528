/** Time over which calls and retries are set against each other. */
const WINDOW_MS = 10_000;
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;
/** Retries within the window that are free, so that a quiet gateway retries, too. */
const RESERVE = 10;

/**
 * What all calls together may spend on retries towards deployments that fail: a share of the calls of the last ten
 * seconds and a small reserve. A service that is dying gets that much more traffic and no more.
 */
export class RetryBudget {
  readonly #calls = new Float64Array(SLICES);
  readonly #retries = new Float64Array(SLICES);
  #slice = 0;

  /** @param percent `retry.budget_percent` */
  constructor(private readonly percent: () => number) {}

  /** A call has come in. @param now in milliseconds, never going back */
  called(now: number): void {
    this.#turnTo(now);
    this.#calls[this.#slice % SLICES]!++;
  }

  hasRoom(now: number): boolean {
    this.#turnTo(now);
    return sum(this.#retries) + 1 <= RESERVE + (sum(this.#calls) * this.percent()) / 100;
  }

  spend(now: number): void {
    this.#turnTo(now);
    this.#retries[this.#slice % SLICES]!++;
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / SLICE_MS);
    if (slice === this.#slice) return;
    for (let next = Math.max(this.#slice + 1, slice - SLICES + 1); next <= slice; next++) {
      this.#calls[next % SLICES] = 0;
      this.#retries[next % SLICES] = 0;
    }
    this.#slice = slice;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
