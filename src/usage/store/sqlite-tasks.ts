/** The file of an SQLite database. */
export interface SqliteFile {
  readonly path: string;
  /** Nothing is written, and no file is made. */
  readonly isReadOnly: boolean;
}

/** What the thread of a database does at a time. */
export type SqliteTask =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  /**
   * JSON of a list of `{ sql, rows }`: each statement is run once per row, all of it in one transaction. Nothing more is
   * run if the first one changes nothing. As text, because that is the cheapest way to hand over many values.
   */
  | { readonly inserts: string }
  /** The last task. */
  | { readonly close: true };

export interface TaskResult {
  readonly rows: readonly unknown[];
  /** Of `inserts`: the number of rows that the first statement has changed. */
  readonly changes: number;
}
