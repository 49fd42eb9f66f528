import { type PackedCalls } from '../ledger/packed-calls.js';

/** The file of an SQLite database. */
export interface SqliteFile {
  readonly path: string;
  /** Whether nothing is written, and no file is created. */
  readonly isReadOnly: boolean;
}

/** A task of the database thread. */
export type SqliteTask =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  | WriteTask
  /** Closes the database; no task follows. */
  | { readonly close: true };

/** One transaction. If the batch exists already, nothing is added to the totals. */
export interface WriteTask {
  /** The row to insert; the JSON of the calls is appended to it as its last value. */
  readonly batch: { readonly sql: string; readonly row: readonly unknown[]; readonly calls: PackedCalls };
  /** The statement is run once per row. */
  readonly totals: { readonly sql: string; readonly rows: readonly (readonly unknown[])[] };
}

/**
 * The result of a task, or its error. The code of the error is separate, because an error loses it
 * on the way to another thread.
 */
export type TaskReply =
  { readonly result: TaskResult } | { readonly error: string; readonly code: string | undefined };

export interface TaskResult {
  readonly rows: readonly unknown[];
  /** For a batch: 0 if it existed already. */
  readonly changes: number;
}
