import { Kysely, sql } from 'kysely';
import { DIMENSIONS, MEASURES, TOTAL_COLUMN_NAMES } from '../figures/totals.js';
import { refusalOr } from '../store-errors.js';
import { type UsageBatch } from '../usage-store.js';
import { BATCHES, TOTALS, type UsageSchema } from './schema.js';
import { SqliteThreadDialect } from './sqlite-dialect.js';
import { type SqliteFile } from './sqlite-tasks.js';
import { SqliteThread } from './sqlite-thread.js';
import { type UsageDatabase } from './usage-database.js';

/** Few enough for a deletion to take milliseconds, with other writes in between. */
const BATCHES_PER_DELETION = 10;

/** https://www.sqlite.org/rescode.html: an error raised by a trigger is a constraint error, too. */
const REFUSAL = /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/;

const INSERT_BATCH = `insert into ${BATCHES} (last_at, id, first_at, calls) values (?, ?, ?, cast(? as text)) on conflict do nothing`;
const ADD_TOTAL =
  `insert into ${TOTALS} (${TOTAL_COLUMN_NAMES.join(', ')}) values (${marks(TOTAL_COLUMN_NAMES)}) ` +
  `on conflict (${['at', ...DIMENSIONS].join(', ')}) do update set ` +
  MEASURES.map((measure) => `${measure} = ${TOTALS}.${measure} + excluded.${measure}`).join(', ');

/** Usage in an SQLite file, which several processes may share. */
export class SqliteUsage implements UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly storage = 'batches';
  readonly #thread: SqliteThread;
  readonly #dialect: SqliteThreadDialect;

  constructor(file: SqliteFile) {
    this.#thread = new SqliteThread(file);
    this.#dialect = new SqliteThreadDialect(this.#thread);
    this.db = new Kysely({ dialect: this.#dialect });
  }

  async write({ id, firstAt, lastAt, calls, totals }: UsageBatch): Promise<void> {
    const batch = { sql: INSERT_BATCH, row: [lastAt, id, firstAt], calls };
    const task = { batch, totals: { sql: ADD_TOTAL, rows: totals } };
    try {
      await this.#dialect.alone(() => this.#thread.run(task));
    } catch (error) {
      throw refusalOr(error, REFUSAL);
    }
  }

  async deleteCalls(beforeMs: number): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      delete from ${sql.table(BATCHES)} where (last_at, id) in (
        select last_at, id from ${sql.table(BATCHES)} where last_at < ${beforeMs}
        order by last_at, id limit ${sql.lit(BATCHES_PER_DELETION)}
      ) returning json_array_length(calls) as count`.execute(this.db);
    return rows.reduce((sum, { count }) => sum + count, 0);
  }

  close(): Promise<void> {
    return this.db.destroy();
  }
}

function marks(columns: readonly string[]): string {
  return columns.map(() => '?').join(', ');
}
