import { Migrator, type RawBuilder, sql } from 'kysely';
import { type Dimension, MEASURE_SQL, MEASURES, SLOT_MS, type Sums, slotOf } from '../figures/totals.js';
import {
  type SumsQuery,
  type SumsRow,
  type TimeSpan,
  type UsageBatch,
  type UsageStore,
} from '../usage-store.js';
import { CALLS, MIGRATION_TABLES, TOTALS, migrations } from './schema.js';
import { type UsageDatabase } from './usage-database.js';

/** Avoids reading the calls of all other batches. */
const IN_BATCHES = sql`and batch_last_at >= spans.start_ms and batch_first_at < spans.end_ms`;

type RawRow = { readonly span: number } & Sums & Partial<Record<Dimension, string>>;

/** Usage in an SQL database. */
export class SqlStore implements UsageStore {
  constructor(private readonly database: UsageDatabase) {}

  /**
   * Creates the tables, or adds what an older version lacks. Several processes may do so at the
   * same time.
   */
  async migrate(): Promise<void> {
    const { db, storage } = this.database;
    const all = migrations(storage);
    const names = Object.keys(all);
    // A newer version may have added more, which is harmless.
    const known = await this.#migrated();
    if (names.every((name) => known.includes(name))) return;
    const provider = { getMigrations: () => Promise.resolve(all) };
    const { error } = await new Migrator({ db, provider, ...MIGRATION_TABLES }).migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error('the migration failed');
  }

  /** Whether there are tables to read from. */
  async isReady(): Promise<boolean> {
    return (await this.#migrated()).length > 0;
  }

  write(batch: UsageBatch): Promise<void> {
    return this.database.write(batch);
  }

  /**
   * Read from the totals; the calls themselves are read only if a span begins or ends within a
   * quarter of an hour.
   */
  async sums(query: SumsQuery): Promise<readonly SumsRow[]> {
    const whole: NumberedSpan[] = [];
    const parts: NumberedSpan[] = [];
    for (const [span, { startMs, endMs }] of query.spans.entries()) {
      const from = slotOf(startMs + SLOT_MS - 1);
      const to = slotOf(endMs);
      if (from > to) parts.push({ span, startMs, endMs });
      else {
        if (startMs < from) parts.push({ span, startMs, endMs: from });
        if (from < to) whole.push({ span, startMs: from, endMs: to });
        if (to < endMs) parts.push({ span, startMs: to, endMs });
      }
    }
    const rows: RawRow[] = [];
    if (whole.length > 0)
      rows.push(
        ...(await this.#sums(
          whole,
          query,
          TOTALS,
          (measure) => measure,
          (name) => name,
        )),
      );
    if (parts.length > 0)
      rows.push(
        ...(await this.#sums(
          parts,
          query,
          CALLS,
          (measure) => MEASURE_SQL[measure],
          (name) => `coalesce(${name}, '')`,
        )),
      );
    return merged(rows, query.groupBy);
  }

  deleteCalls(beforeMs: number): Promise<number> {
    return this.database.deleteCalls(beforeMs);
  }

  async foldTotals(beforeMs: number): Promise<void> {
    const sums = MEASURES.map((measure) => sql`sum(${sql.ref(measure)})`);
    const added = MEASURES.map(
      (measure) =>
        sql`${sql.ref(measure)} = ${sql.ref(`${TOTALS}.${measure}`)} + ${sql.ref(`excluded.${measure}`)}`,
    );
    await this.database.db.transaction().execute(async (transaction) => {
      // In the same transaction, and only what was deleted, because other processes fold totals,
      // too.
      const old = sql`at > 0 and at < ${slotOf(beforeMs)}`;
      await sql`
        insert into ${sql.table(TOTALS)} (at, key, team, model, operation, error, ${sql.join(MEASURES.map((m) => sql.ref(m)))})
        select 0, key, team, '', '', '', ${sql.join(sums)} from ${sql.table(TOTALS)} where ${old} group by key, team
        on conflict (at, key, team, model, operation, error) do update set ${sql.join(added)}`.execute(
        transaction,
      );
      await sql`delete from ${sql.table(TOTALS)} where ${old}`.execute(transaction);
    });
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async #migrated(): Promise<readonly string[]> {
    const { db } = this.database;
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
    if (!tables.some(({ name }) => name === MIGRATION_TABLES.migrationTableName)) return [];
    const { rows } = await sql<{ name: string }>`
      select name from ${sql.table(MIGRATION_TABLES.migrationTableName)}`.execute(db);
    return rows.map(({ name }) => name);
  }

  async #sums(
    spans: readonly NumberedSpan[],
    { groupBy, only = {} }: SumsQuery,
    table: string,
    measured: (measure: keyof Sums) => string,
    named: (name: Dimension) => string,
  ): Promise<readonly RawRow[]> {
    const names = groupBy.map((name) => sql`${sql.raw(named(name))} as ${sql.ref(name)}`);
    const sums = MEASURES.map((measure) => sql`sum(${sql.raw(measured(measure))}) as ${sql.ref(measure)}`);
    const filters = Object.entries(only).map(
      ([name, value]) => sql` and ${sql.raw(named(name as Dimension))} = ${value}`,
    );
    // Postgres would treat numbers without a type as texts.
    const values = spans.map(
      ({ span, startMs, endMs }) => sql`(${integer(span)}, ${integer(startMs)}, ${integer(endMs)})`,
    );
    const { rows } = await sql<RawRow>`
      with spans (span, start_ms, end_ms) as (values ${sql.join(values)})
      select spans.span as span, ${sql.join([...names, ...sums])}
      from spans join ${sql.table(table)} on at >= spans.start_ms and at < spans.end_ms ${sql.join(filters, sql``)}
        ${table === CALLS && this.database.storage === 'batches' ? IN_BATCHES : sql``}
      group by ${sql.join([sql`spans.span`, ...groupBy.map((name) => sql.raw(named(name)))])}`.execute(
      this.database.db,
    );
    return rows;
  }
}

interface NumberedSpan extends TimeSpan {
  /** Index in the query's spans. */
  readonly span: number;
}

function integer(value: number): RawBuilder<unknown> {
  return sql`cast(${value} as bigint)`;
}

/** Adds up the rows of one span and group. */
function merged(rows: readonly RawRow[], groupBy: readonly Dimension[]): readonly SumsRow[] {
  const groups = new Map<string, SumsRow>();
  for (const { span, ...row } of rows) {
    const names = Object.fromEntries(groupBy.map((name) => [name, row[name]!]));
    const id = [span, ...Object.values(names)].join('\0');
    const sums = Object.fromEntries(MEASURES.map((measure) => [measure, row[measure]])) as Sums;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { span, names, ...sums });
    else for (const measure of MEASURES) group[measure] += sums[measure];
  }
  return [...groups.values()];
}
