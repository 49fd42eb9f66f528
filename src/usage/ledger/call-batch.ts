import { type CallRow } from '../call-row.js';
import { CallPacker, type PackedCalls } from './packed-calls.js';
import { type TotalRow, Totals } from '../figures/totals.js';
import { type UsageBatch } from '../usage-store.js';

/** Calls that are written together. */
export class CallBatch implements UsageBatch {
  readonly #totals = new Totals();
  #count = 0;
  #id = '';
  #firstAt = Infinity;
  #lastAt = 0;

  /** @param packer keeps the calls; without it, there are only sums */
  constructor(readonly packer: CallPacker | undefined) {}

  static of(calls: readonly CallRow[]): CallBatch {
    const batch = new CallBatch(new CallPacker(calls.length));
    for (const call of calls) batch.add(call);
    return batch;
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
