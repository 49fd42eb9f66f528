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

/** A span of time, in milliseconds since 1970; its end is not part of it. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** What to sum up. */
export interface SumsQuery {
  /** One sum each, or one per group. In order of time and without overlap. */
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

/** What calls used, kept beyond the calls. */
export interface UsageStore {
  /**
   * All of it or nothing; a batch that has been written already changes nothing.
   * @throws RefusedDataError where the store refuses what is in the batch
   * @throws Error where the store is not available
   */
  write(batch: UsageBatch): Promise<void>;

  /** @throws Error where the store is not available */
  sums(query: SumsQuery): Promise<readonly SumsRow[]>;

  /**
   * Deletes some of the calls that began before a time.
   * @returns how many; 0 = none is left
   */
  deleteCalls(beforeMs: number): Promise<number>;

  /** Adds up the totals before a time to one per key and team, so that what was spent in all is never lost. */
  foldTotals(beforeMs: number): Promise<void>;

  close(): Promise<void>;
}
