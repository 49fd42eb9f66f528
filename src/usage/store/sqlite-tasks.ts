/** The file of an SQLite database. */
export interface SqliteFile {
  readonly path: string;
  /** Nothing is written, and no file is made. */
  readonly isReadOnly: boolean;
}

/** What the thread of a database does at a time. */
export type SqliteTask =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  /** Each statement is run once per row, all of it in one transaction; nothing more is run if the first changes nothing. */
  | { readonly inserts: readonly Insert[] }
  /** The last task. */
  | { readonly close: true };

export interface Insert {
  readonly sql: string;
  readonly rows: readonly (readonly unknown[])[];
}

export interface TaskResult {
  readonly rows: readonly unknown[];
  /** Of `inserts`: the number of rows that the first statement has changed. */
  readonly changes: number;
}
