export const WINDOW_MS = 60_000;
const BUCKET_MS = 1000;
/** More than the seconds that one window can touch. A power of two. */
const SLOTS = 64;
const MASK = SLOTS - 1;

/** What was taken within one second. */
export interface WindowBucket {
  readonly requests: number;
  readonly tokens: number;
  /** When something was taken from it last. */
  readonly lastMs: number;
}

/**
 * Requests and tokens of the last 60 seconds, in buckets of one second. A bucket counts until 60 seconds after the last
 * request in it, so that no period of 60 seconds holds more than what was checked.
 */
export class MinuteWindow {
  requests = 0;
  tokens = 0;
  readonly #requests = new Float64Array(SLOTS);
  readonly #tokens = new Float64Array(SLOTS);
  readonly #lastMs = new Float64Array(SLOTS);
  /** Seconds of the first and last bucket; empty if the first is later. */
  #first = 0;
  #last = -1;

  get isEmpty(): boolean {
    return this.#first > this.#last;
  }

  /** Drops what is older than 60 seconds. Call it before reading. */
  advance(nowMs: number): void {
    while (this.#first <= this.#last) {
      const slot = this.#first & MASK;
      const lastMs = this.#lastMs[slot]!;
      if (lastMs + WINDOW_MS > nowMs) return;
      this.requests -= this.#requests[slot]!;
      this.tokens -= this.#tokens[slot]!;
      this.#requests[slot] = this.#tokens[slot] = this.#lastMs[slot] = 0;
      this.#first++;
    }
  }

  /** Counts one request, or several. @returns the second in which they count */
  take(nowMs: number, tokens: number, requests = 1): number {
    const second = Math.max(Math.floor(nowMs / BUCKET_MS), this.#last);
    if (this.isEmpty) this.#first = second;
    this.#last = second;
    const slot = second & MASK;
    this.requests += requests;
    this.tokens += tokens;
    this.#requests[slot]! += requests;
    this.#tokens[slot]! += tokens;
    this.#lastMs[slot] = nowMs;
    return second;
  }

  /** Changes what was taken in a second; nothing if that second does not count any more. */
  correct(second: number, tokens: number, requests = 0): void {
    if (second < this.#first || second > this.#last) return;
    const slot = second & MASK;
    this.requests += requests;
    this.tokens += tokens;
    this.#requests[slot]! += requests;
    this.#tokens[slot]! += tokens;
  }

  /** How long until that many requests and tokens count no more; Infinity if there are not that many. */
  waitMs(nowMs: number, requests: number, tokens: number): number {
    for (let second = this.#first; second <= this.#last; second++) {
      const slot = second & MASK;
      requests -= this.#requests[slot]!;
      tokens -= this.#tokens[slot]!;
      if (requests <= 0 && tokens <= 0) return untilMs(this.#lastMs[slot]! + WINDOW_MS, nowMs);
    }
    return Infinity;
  }

  /** How long until it is empty. */
  resetMs(nowMs: number): number {
    return this.isEmpty ? 0 : untilMs(this.#lastMs[this.#last & MASK]! + WINDOW_MS, nowMs);
  }

  /** When something was taken from a second last; undefined if it does not count any more. */
  lastMsOf(second: number): number | undefined {
    return second < this.#first || second > this.#last ? undefined : this.#lastMs[second & MASK];
  }

  /** Those that hold something, oldest first. */
  buckets(): WindowBucket[] {
    const found: WindowBucket[] = [];
    for (let second = this.#first; second <= this.#last; second++) {
      const slot = second & MASK;
      const [requests, tokens] = [this.#requests[slot]!, this.#tokens[slot]!];
      if (requests !== 0 || tokens !== 0) found.push({ requests, tokens, lastMs: this.#lastMs[slot]! });
    }
    return found;
  }

  clear(): void {
    this.advance(Infinity);
    this.#first = 0;
    this.#last = -1;
  }
}

/** Whole milliseconds, rounded up, except for what the addition of fractions may have added. */
function untilMs(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil(atMs - nowMs - 1e-6));
}
