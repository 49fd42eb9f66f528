import { type CallRow } from './call-row.js';
import { Totals } from './totals.js';
import { type UsageBatch } from './usage-store.js';

/** A batch is written at once when so many calls wait for it. */
export const CALLS_PER_BATCH = 500;
/** Most calls in one batch: more would block the tables of the store for too long. */
const LARGEST_BATCH = 2000;
/** Calls that are kept while the store is away; about half a kilobyte each. */
export const BUFFERED_CALLS = 50_000;

/** The calls that wait to be written, the oldest first. */
export class LedgerBuffer {
  /** Those in no batch yet. */
  calls: CallRow[] = [];
  /** Kept as it is until it is written: what is tried again must be the same, so that nothing counts twice. */
  #batch: UsageBatch | undefined;
  #isWriting = false;

  get size(): number {
    return this.calls.length + (this.#batch?.calls.length ?? 0);
  }

  /** The batch to write now; then either `written` or `failed` is called. Undefined when nothing waits. */
  next(): UsageBatch | undefined {
    if (this.#batch === undefined && this.calls.length > 0) {
      const isWhole = this.calls.length <= LARGEST_BATCH;
      const calls = isWhole ? this.calls : this.calls.splice(0, LARGEST_BATCH);
      if (isWhole) this.calls = [];
      this.#batch = { calls, totals: Totals.of(calls).rows() };
    }
    this.#isWriting = this.#batch !== undefined;
    return this.#batch;
  }

  written(): void {
    this.#batch = undefined;
    this.#isWriting = false;
  }

  failed(): void {
    this.#isWriting = false;
  }

  /** Drops the oldest calls that are not being written. @returns how many */
  drop(): number {
    if (this.#batch !== undefined && !this.#isWriting) {
      const { length } = this.#batch.calls;
      this.#batch = undefined;
      return length;
    }
    return this.calls.splice(0, CALLS_PER_BATCH).length;
  }
}
