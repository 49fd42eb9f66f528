import { type PackedCalls } from './ledger/packed-calls.js';
import { type Dimension, type Sums, type TotalRow } from './figures/totals.js';

/** Calls that are written together, and their sums. */
export interface UsageBatch {
  /** Unique among all batches. */
  readonly id: string;
  readonly count: number;
  /** When the earliest and the latest of its calls began, in milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly calls: PackedCalls;
  readonly totals: readonly TotalRow[];
}

/** A span of time, in milliseconds since 1970, without its end. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** A query for sums. */
export interface SumsQuery {
  /** One sum per span, or one per group. In order of time, without overlap. */
  readonly spans: readonly TimeSpan[];
  readonly groupBy: readonly Dimension[];
  /** Only calls with these names. */
  readonly only?: Partial<Record<Dimension, string>>;
}

/** The sums of one span of time, and of one group in it. */
export interface SumsRow extends Sums {
  /** Index in `spans`. */
  readonly span: number;
  readonly names: Partial<Record<Dimension, string>>;
}

/** The usage of calls, stored permanently. */
export interface UsageStore {
  /**
   * Writes the whole batch or nothing; a batch that was already written has no effect.
   * @throws RefusedDataError if the store refuses the contents of the batch
   * @throws Error if the store is unavailable
   */
  write(batch: UsageBatch): Promise<void>;

  /** @throws Error if the store is unavailable */
  sums(query: SumsQuery): Promise<readonly SumsRow[]>;

  /**
   * Deletes some of the calls that began before a time.
   * @returns their number; 0 = none is left
   */
  deleteCalls(beforeMs: number): Promise<number>;

  /**
   * Adds up the totals before a time to one per key and team, so that the overall spending is never
   * lost.
   */
  foldTotals(beforeMs: number): Promise<void>;

  close(): Promise<void>;
}
