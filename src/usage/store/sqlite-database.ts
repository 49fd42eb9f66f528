import { Kysely, sql } from 'kysely';
import { CALL_COLUMN_NAMES } from '../call-row.js';
import { DIMENSIONS, MEASURES, TOTAL_COLUMN_NAMES } from '../totals.js';
import { type UsageBatch } from '../usage-store.js';
import { CALLS, TOTALS, type UsageSchema } from './schema.js';
import { SqliteThreadDialect } from './sqlite-dialect.js';
import { type SqliteFile } from './sqlite-tasks.js';
import { SqliteThread } from './sqlite-thread.js';
import { type UsageDatabase } from './usage-database.js';

const INSERT_CALL = `insert into ${CALLS} (${CALL_COLUMN_NAMES.join(', ')}) values (${marks(CALL_COLUMN_NAMES)}) on conflict do nothing`;
const ADD_TOTAL =
  `insert into ${TOTALS} (${TOTAL_COLUMN_NAMES.join(', ')}) values (${marks(TOTAL_COLUMN_NAMES)}) ` +
  `on conflict (${['at', ...DIMENSIONS].join(', ')}) do update set ` +
  MEASURES.map((measure) => `${measure} = ${TOTALS}.${measure} + excluded.${measure}`).join(', ');

/** Usage in an SQLite file, which several processes may share. */
export class SqliteUsage implements UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly tableEnd = sql`without rowid`;
  readonly #thread: SqliteThread;
  readonly #dialect: SqliteThreadDialect;

  constructor(file: SqliteFile) {
    this.#thread = new SqliteThread(file);
    this.#dialect = new SqliteThreadDialect(this.#thread);
    this.db = new Kysely({ dialect: this.#dialect });
  }

  async write({ calls, totals }: UsageBatch): Promise<void> {
    const inserts = JSON.stringify([
      { sql: INSERT_CALL, rows: calls },
      { sql: ADD_TOTAL, rows: totals },
    ]);
    await this.#dialect.alone(() => this.#thread.run({ inserts }));
  }

  close(): Promise<void> {
    return this.db.destroy();
  }
}

function marks(columns: readonly string[]): string {
  return columns.map(() => '?').join(', ');
}
