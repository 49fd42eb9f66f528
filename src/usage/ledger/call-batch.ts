import { CALL_COLUMN_NAMES, type CallRow } from '../call-row.js';
import { rowsOf } from './calls-json.js';
import { CallPacker, type PackedCalls } from './packed-calls.js';
import { type TotalRow, Totals } from '../figures/totals.js';
import { type UsageBatch } from '../usage-store.js';

const REQUEST_ID = CALL_COLUMN_NAMES.indexOf('request_id');

/** Calls that are written together. */
export class CallBatch implements UsageBatch {
  readonly #totals = new Totals();
  #isPart = false;
  #count = 0;
  #id = '';
  #firstAt = Infinity;
  #lastAt = 0;

  /** @param packer stores the calls; without it, only sums are stored */
  constructor(readonly packer: CallPacker | undefined) {}

  static of(calls: readonly CallRow[]): CallBatch {
    const batch = new CallBatch(new CallPacker(calls.length));
    for (const call of calls) batch.add(call);
    return batch;
  }

  /** Whether it is half of a batch that the store has refused. */
  get isPart(): boolean {
    return this.#isPart;
  }

  /** The request id of the first call; empty if calls are not stored. */
  get requestId(): string {
    return String(rowsOf(this.calls)[0]?.[REQUEST_ID] ?? '');
  }

  /** Splits it into two batches with the same calls in the same order. */
  halves(): readonly CallBatch[] {
    const calls = rowsOf(this.calls);
    const middle = Math.ceil(calls.length / 2);
    const halves = [calls.slice(0, middle), calls.slice(middle)].map((half) => CallBatch.of(half));
    for (const half of halves) half.#isPart = true;
    return halves;
  }

  get count(): number {
    return this.#count;
  }

  get id(): string {
    return this.#id;
  }

  get firstAt(): number {
    return this.#firstAt;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  get calls(): PackedCalls {
    return (this.packer ?? new CallPacker(0)).calls;
  }

  get totals(): readonly TotalRow[] {
    return this.#totals.rows();
  }

  add(call: CallRow): void {
    this.#totals.add(call);
    this.#count++;
    if (this.packer === undefined) return;
    const [at, id] = call as readonly [number, string];
    if (this.#count === 1) this.#id = id;
    if (at < this.#firstAt) this.#firstAt = at;
    if (at > this.#lastAt) this.#lastAt = at;
    this.packer.add(call);
  }
}
