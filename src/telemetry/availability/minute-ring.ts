import { BIN_COUNT, binOf, quantile } from './latency-histogram.js';

/** Number of minutes kept. */
export const RING_MINUTES = 60;

const MINUTE_MS = 60_000;

/**
 * Figures of the calls of a period. Durations are those of successful calls, in milliseconds;
 * undefined if there was none.
 */
export interface CallFigures {
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly firstTokenP50Ms: number | undefined;
  readonly firstTokenP95Ms: number | undefined;
}

/** Median latencies in milliseconds; undefined if there were too few calls. */
export interface Waiting {
  readonly streams: number | undefined;
  readonly plain: number | undefined;
}

/**
 * One model's calls of the last hour per minute, in 47 KB of counters that are allocated once and
 * reused.
 */
export class MinuteRing {
  readonly #minutes = new Int32Array(RING_MINUTES).fill(-1);
  readonly #successes = new Uint32Array(RING_MINUTES);
  readonly #errors = new Uint32Array(RING_MINUTES);
  readonly #plain = new Uint32Array(RING_MINUTES * BIN_COUNT);
  readonly #streams = new Uint32Array(RING_MINUTES * BIN_COUNT);
  readonly #firstTokens = new Uint32Array(RING_MINUTES * BIN_COUNT);

  success(nowMs: number, durationMs: number, firstTokenMs: number | undefined): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const slot = minute % RING_MINUTES;
    if (this.#minutes[slot] !== minute) this.#begin(minute);
    this.#successes[slot]!++;
    if (firstTokenMs === undefined) this.#plain[slot * BIN_COUNT + binOf(durationMs)]!++;
    else {
      this.#streams[slot * BIN_COUNT + binOf(durationMs)]!++;
      this.#firstTokens[slot * BIN_COUNT + binOf(firstTokenMs)]!++;
    }
  }

  error(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const slot = minute % RING_MINUTES;
    if (this.#minutes[slot] !== minute) this.#begin(minute);
    this.#errors[slot]!++;
  }

  /** The figures of the last minutes, including the one of `nowMs`. */
  figures(nowMs: number, minutes: number): CallFigures {
    const slots = this.#slots(nowMs, 0, minutes);
    const durations = sum(this.#plain, slots);
    addTo(durations, this.#streams, slots);
    const firstTokens = sum(this.#firstTokens, slots);
    let [successes, errors] = [0, 0];
    for (const slot of slots) {
      successes += this.#successes[slot]!;
      errors += this.#errors[slot]!;
    }
    return {
      requests: successes + errors,
      errors,
      p50Ms: quantile(durations, 0.5),
      p95Ms: quantile(durations, 0.95),
      firstTokenP50Ms: quantile(firstTokens, 0.5),
      firstTokenP95Ms: quantile(firstTokens, 0.95),
    };
  }

  /**
   * The median latency that clients see: the time to the first token for streams, and the whole
   * duration for plain responses.
   * @param skip number of newest minutes to leave out
   * @param atLeast minimum number of calls for a result
   */
  waiting(nowMs: number, skip: number, minutes: number, atLeast: number): Waiting {
    const slots = this.#slots(nowMs, skip, minutes);
    const median = (bins: Uint32Array): number | undefined => {
      const counts = sum(bins, slots);
      return counts.reduce((total, count) => total + count, 0) < atLeast ? undefined : quantile(counts, 0.5);
    };
    return { streams: median(this.#firstTokens), plain: median(this.#plain) };
  }

  /** Clears the slot for a minute that begins; the slot holds the counts of an hour before. */
  #begin(minute: number): void {
    const slot = minute % RING_MINUTES;
    this.#minutes[slot] = minute;
    this.#successes[slot] = 0;
    this.#errors[slot] = 0;
    const [from, to] = [slot * BIN_COUNT, (slot + 1) * BIN_COUNT];
    for (const bins of [this.#plain, this.#streams, this.#firstTokens]) bins.fill(0, from, to);
  }

  /** The slots of minutes with calls. */
  #slots(nowMs: number, skip: number, minutes: number): number[] {
    const newest = Math.floor(nowMs / MINUTE_MS) - skip;
    const slots: number[] = [];
    for (let minute = newest; minute > newest - minutes; minute--) {
      const slot = minute % RING_MINUTES;
      if (this.#minutes[slot] === minute) slots.push(slot);
    }
    return slots;
  }
}

function sum(bins: Uint32Array, slots: readonly number[]): Uint32Array {
  const counts = new Uint32Array(BIN_COUNT);
  addTo(counts, bins, slots);
  return counts;
}

function addTo(counts: Uint32Array, bins: Uint32Array, slots: readonly number[]): void {
  for (const slot of slots) {
    for (let bin = 0; bin < BIN_COUNT; bin++) counts[bin]! += bins[slot * BIN_COUNT + bin]!;
  }
}
