const KEPT = 20;
/** Older outcomes say nothing of now. */
const RECENT_MS = 60_000;
/** So many in a row are no accident. */
const STREAK = 3;
/** From so many outcomes on their shares count; with fewer the newest word does. */
const ENOUGH = 10;

/**
 * A model's newest outcomes, twenty at most: whether it is broken is judged by these, so that one failure among many
 * good calls is none, and a model that is rarely called is believed at once.
 */
export class RecentOutcomes {
  readonly #atMs = new Float64Array(KEPT);
  readonly #isFailure = new Uint8Array(KEPT);
  #next = 0;
  /** Successes in a row; failures in a row when negative. */
  #streak = 0;

  add(nowMs: number, isSuccess: boolean): void {
    this.#atMs[this.#next] = nowMs;
    this.#isFailure[this.#next] = isSuccess ? 0 : 1;
    this.#next = (this.#next + 1) % KEPT;
    if (isSuccess) this.#streak = this.#streak > 0 ? this.#streak + 1 : 1;
    else this.#streak = this.#streak < 0 ? this.#streak - 1 : -1;
  }

  /** After a failure: three in a row, nothing but failures within a minute, or at least every second call. */
  isBroken(nowMs: number): boolean {
    if (this.#streak <= -STREAK) return true;
    const { count, failures } = this.#recent(nowMs);
    return failures === count || (count >= ENOUGH && failures * 2 >= count);
  }

  /** After a success: three in a row, less than every second call failing, or few calls. */
  isMended(nowMs: number): boolean {
    if (this.#streak >= STREAK) return true;
    const { count, failures } = this.#recent(nowMs);
    return count < ENOUGH || failures * 2 < count;
  }

  #recent(nowMs: number): { count: number; failures: number } {
    let [count, failures] = [0, 0];
    for (let index = 0; index < KEPT; index++) {
      if (nowMs - this.#atMs[index]! > RECENT_MS) continue;
      count++;
      failures += this.#isFailure[index]!;
    }
    return { count, failures };
  }
}
