export const WINDOW_MS = 60_000;
const BUCKET_MS = 1000;
/** More than the number of seconds that one window can cover. A power of two. */
const SLOTS = 64;
const MASK = SLOTS - 1;

/** The amounts of one second. */
export interface WindowBucket {
  readonly requests: number;
  readonly tokens: number;
  /** When the latest amount was added. */
  readonly lastMs: number;
}

/**
 * Requests and tokens of the last 60 seconds, in buckets of one second. A bucket counts until 60
 * seconds after its last request, so that no period of 60 seconds exceeds what was checked.
 */
export class MinuteWindow {
  requests = 0;
  tokens = 0;
  readonly #requests = new Float64Array(SLOTS);
  readonly #tokens = new Float64Array(SLOTS);
  readonly #lastMs = new Float64Array(SLOTS);
  /** Seconds of the first and the last bucket; the window is empty if the first is later. */
  #first = 0;
  #last = -1;

  get isEmpty(): boolean {
    return this.#first > this.#last;
  }

  /** Drops buckets older than 60 seconds. Call this before reading. */
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

  /**
   * Counts one or several requests.
   * @returns the second in which they count
   */
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

  /** Changes the amounts of a second; has no effect if that second no longer counts. */
  correct(second: number, tokens: number, requests = 0): void {
    if (second < this.#first || second > this.#last) return;
    const slot = second & MASK;
    this.requests += requests;
    this.tokens += tokens;
    this.#requests[slot]! += requests;
    this.#tokens[slot]! += tokens;
  }

  /** Time until that many requests and tokens no longer count; Infinity if there are fewer. */
  waitMs(nowMs: number, requests: number, tokens: number): number {
    for (let second = this.#first; second <= this.#last; second++) {
      const slot = second & MASK;
      requests -= this.#requests[slot]!;
      tokens -= this.#tokens[slot]!;
      if (requests <= 0 && tokens <= 0) return untilMs(this.#lastMs[slot]! + WINDOW_MS, nowMs);
    }
    return Infinity;
  }

  /** Time until the window is empty. */
  resetMs(nowMs: number): number {
    return this.isEmpty ? 0 : untilMs(this.#lastMs[this.#last & MASK]! + WINDOW_MS, nowMs);
  }

  /** When the latest amount of a second was added; undefined if the second no longer counts. */
  lastMsOf(second: number): number | undefined {
    return second < this.#first || second > this.#last ? undefined : this.#lastMs[second & MASK];
  }

  /** The non-empty buckets, oldest first. */
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

/** Whole milliseconds, rounded up, ignoring rounding errors of the addition. */
function untilMs(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil(atMs - nowMs - 1e-6));
}
