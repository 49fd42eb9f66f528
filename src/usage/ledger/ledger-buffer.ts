import { CallBatch } from './call-batch.js';
import { type CallRow } from '../call-row.js';
import { CallPacker } from './packed-calls.js';

/**
 * A batch with this many calls is written at once. Each batch costs an SQLite file half a
 * millisecond of CPU time in addition to its bytes; larger batches would lock the tables of a
 * Postgres database for too long.
 */
export const CALLS_PER_BATCH = 2000;
/** Maximum number of calls kept while the store is unavailable; about 400 bytes each. */
export const BUFFERED_CALLS = 50_000;

/** The calls that wait to be written, in batches, the oldest first. */
export class LedgerBuffer {
  readonly #batches: CallBatch[] = [];
  /** The last batch, while it takes further calls. */
  #open: CallBatch | undefined;
  /** The memory of a batch that was written, reused because allocating it anew is expensive. */
  #spare: CallPacker | undefined;
  #isWriting = false;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether a batch waits that takes no more calls. */
  get hasClosed(): boolean {
    return this.#batches.length > 0 && this.#batches[0] !== this.#open;
  }

  /**
   * @param keepsCalls whether calls are stored, not only their sums
   * @returns whether a batch is full
   */
  add(call: CallRow, keepsCalls: boolean): boolean {
    const batch = this.#open ?? this.#begin(keepsCalls);
    batch.add(call);
    this.#size++;
    if (batch.count < CALLS_PER_BATCH) return false;
    this.close();
    return true;
  }

  /** Closes the open batch, so that it is written although it is not full. */
  close(): void {
    this.#open = undefined;
  }

  /**
   * The batch to write now; afterwards, call `written`, `failed` or `refused`. A retried batch has
   * the same contents, so that nothing counts twice. Undefined if no closed batch waits.
   */
  next(): CallBatch | undefined {
    this.#isWriting = this.hasClosed;
    return this.#isWriting ? this.#batches[0] : undefined;
  }

  written(): void {
    this.#spare = this.#batches[0]!.packer;
    this.#spare?.clear();
    this.#remove(0);
    this.#isWriting = false;
  }

  failed(): void {
    this.#isWriting = false;
  }

  /**
   * Call this when the store refuses the batch because of its data: its halves are tried next, so
   * that only the refused calls are lost.
   * @returns whether the batch was a single call, which is dropped
   */
  refused(): boolean {
    this.#isWriting = false;
    const batch = this.#batches[0]!;
    if (batch.count === 1) return this.#remove(0) > 0;
    this.#batches.splice(0, 1, ...batch.halves());
    return false;
  }

  /** Drops the oldest batch that is not being written. @returns its number of calls */
  drop(): number {
    return this.#remove(this.#isWriting ? 1 : 0);
  }

  #begin(keepsCalls: boolean): CallBatch {
    const batch = new CallBatch(keepsCalls ? (this.#spare ?? new CallPacker(CALLS_PER_BATCH)) : undefined);
    this.#spare = undefined;
    this.#batches.push(batch);
    return (this.#open = batch);
  }

  #remove(at: number): number {
    const [batch] = this.#batches.splice(at, 1);
    if (batch === undefined) return 0;
    if (batch === this.#open) this.close();
    this.#size -= batch.count;
    return batch.count;
  }
}
