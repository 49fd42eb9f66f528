import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { CALL_COLUMNS, CALL_COLUMN_NAMES } from '../call-row.js';
import { jsonOf } from '../ledger/calls-json.js';
import { DIMENSIONS, MEASURES, TOTAL_COLUMN_NAMES } from '../figures/totals.js';
import { refusalOr } from '../store-errors.js';
import { type UsageBatch } from '../usage-store.js';
import { CALLS, TOTALS, type UsageSchema } from './schema.js';
import { type UsageDatabase } from './usage-database.js';

const CONNECT_MS = 5000;
/** Detects a server that has stopped responding; no query of the gateway takes that long. */
const QUERY_MS = 30_000;
/** Enough for one write and two reads at the same time. */
const MOST_CONNECTIONS = 3;

/** Few enough for a deletion to take milliseconds, with other writes in between. */
const CALLS_PER_DELETION = 500;

/**
 * SQLSTATE codes that mean refused data: the classes for data, constraints and size limits, those
 * for triggers and functions, and those that Postgres does not use, because triggers and functions
 * may raise codes of their own. See https://www.postgresql.org/docs/current/errcodes-appendix.html.
 */
const REFUSAL = /^(?:09|2[1237]|3[89]|4[45]|54|P0|[6-9I-OQ-WYZ][0-9A-Z])[0-9A-Z]{3}$/;

/** Types of columns whose values are read as numbers, exact up to 2^53: bigint, and sums of it. */
const NUMBER_TYPES: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];

const CALL_VALUES = sql.raw(
  CALL_COLUMN_NAMES.map((column, at) => `(r ->> ${at})::${CALL_COLUMNS[column]}`).join(', '),
);
const TOTAL_VALUES = sql.raw(
  TOTAL_COLUMN_NAMES.map((column, at) => {
    const isText = (DIMENSIONS as readonly string[]).includes(column);
    return `(r ->> ${at})::${isText ? 'text' : 'bigint'}`;
  }).join(', '),
);
const ADDED = sql.raw(
  MEASURES.map((measure) => `${measure} = ${TOTALS}.${measure} + excluded.${measure}`).join(', '),
);

/** Usage in a Postgres database, which all replicas share. */
export class PostgresUsage implements UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly storage = 'rows';

  constructor(address: string) {
    const pool = new pg.Pool({
      connectionString: address,
      application_name: 'llm-gateway',
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
      types: {
        getTypeParser: (type: number, format?: 'text') =>
          NUMBER_TYPES.includes(type)
            ? Number
            : (pg.types.getTypeParser(type, format) as (text: string) => unknown),
      } as pg.CustomTypesConfig,
    });
    // An idle connection broke; the pool opens another when it needs one.
    pool.on('error', () => undefined);
    // A connection that breaks in use fails its query. Without a listener, it would also end the
    // process.
    pool.on('connect', (client) => client.on('error', () => undefined));
    this.db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  }

  async write(batch: UsageBatch): Promise<void> {
    try {
      await this.#insert(batch);
    } catch (error) {
      throw refusalOr(error, REFUSAL);
    }
  }

  async #insert({ calls, totals }: UsageBatch): Promise<void> {
    await this.db.transaction().execute(async (transaction) => {
      const { numAffectedRows = 0n } = await sql`
        insert into ${sql.table(CALLS)} (${columns(CALL_COLUMN_NAMES)})
        select ${CALL_VALUES} from jsonb_array_elements(${jsonOf(calls).toString()}::jsonb) as rows (r)
        on conflict do nothing`.execute(transaction);
      if (numAffectedRows === 0n) return;
      // In the order of the batch: replicas that lock the same rows in different orders would block
      // each other.
      await sql`
        insert into ${sql.table(TOTALS)} (${columns(TOTAL_COLUMN_NAMES)})
        select ${TOTAL_VALUES} from jsonb_array_elements(${JSON.stringify(totals)}::jsonb) with ordinality as rows (r, n)
        order by n
        on conflict (${columns(['at', ...DIMENSIONS])}) do update set ${ADDED}`.execute(transaction);
    });
  }

  async deleteCalls(beforeMs: number): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(CALLS)} where (at, id) in (
        select at, id from ${sql.table(CALLS)} where at < ${beforeMs}
        order by at, id limit ${sql.lit(CALLS_PER_DELETION)}
      )`.execute(this.db);
    return Number(numAffectedRows);
  }

  close(): Promise<void> {
    return this.db.destroy();
  }
}

function columns(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)));
}
