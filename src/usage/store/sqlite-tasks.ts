import { type PackedCalls } from '../ledger/packed-calls.js';

/** The file of an SQLite database. */
export interface SqliteFile {
  readonly path: string;
  /** Nothing is written, and no file is made. */
  readonly isReadOnly: boolean;
}

/** What the thread of a database does at a time. */
export type SqliteTask =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  | WriteTask
  /** The last task. */
  | { readonly close: true };

/** One transaction. Nothing is added to the totals if the batch is there already. */
export interface WriteTask {
  /** The JSON of the calls is the last value of the row. */
  readonly batch: { readonly sql: string; readonly row: readonly unknown[]; readonly calls: PackedCalls };
  /** The statement is run once per row. */
  readonly totals: { readonly sql: string; readonly rows: readonly (readonly unknown[])[] };
}

/** Errors do not keep their codes on the way to another thread. */
export type TaskReply =
  { readonly result: TaskResult } | { readonly error: string; readonly code: string | undefined };

export interface TaskResult {
  readonly rows: readonly unknown[];
  /** Of a batch: 0 if it was there already. */
  readonly changes: number;
}
