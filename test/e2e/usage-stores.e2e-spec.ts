import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, Migrator, sql } from 'kysely';
import { CallBatch } from '../../src/usage/ledger/call-batch.js';
import { CALL_COLUMN_NAMES, type CallColumn, type CallRow } from '../../src/usage/call-row.js';
import { MemoryStore } from '../../src/usage/memory-store.js';
import { SLOT_MS } from '../../src/usage/figures/totals.js';
import { PostgresUsage } from '../../src/usage/store/postgres-database.js';
import { MIGRATION_TABLES, migrations } from '../../src/usage/store/schema.js';
import { SqlStore } from '../../src/usage/store/sql-store.js';
import { SqliteUsage } from '../../src/usage/store/sqlite-database.js';
import { type UsageDatabase } from '../../src/usage/store/usage-database.js';
import { type SumsRow, type UsageBatch } from '../../src/usage/usage-store.js';
import { type TestPostgres, describeWithPostgres, startPostgres } from '../support/postgres-server.js';

const T0 = Date.UTC(2026, 10, 28, 12);
let count = 0;

/** A successful call of 100 + 10 tokens that cost one cent. */
function call(values: Partial<Record<CallColumn, string | number | null>> = {}): CallRow {
  const whole: Record<string, string | number | null> = {
    at: T0,
    id: `call-${count++}`,
    key: 'bot',
    model: 'chat',
    operation: 'chat',
    stream: 0,
    status: 200,
    prompt_tokens: 100,
    completion_tokens: 10,
    estimated: 0,
    uncounted: 0,
    cost_nano: 10_000_000,
    duration_ms: 12.5,
    ...values,
  };
  return CALL_COLUMN_NAMES.map((column) => whole[column] ?? null);
}

const batch = (...calls: CallRow[]): UsageBatch => CallBatch.of(calls);

const day = (startMs: number) => ({ startMs, endMs: startMs + 24 * 3_600_000 });

function storesAs(open: () => Promise<UsageDatabase>): void {
  let database: UsageDatabase;
  let store: SqlStore;
  const rows = async (text: string) =>
    (await sql.raw<Record<string, unknown>>(text).execute(database.db)).rows;

  beforeEach(async () => {
    database = await open();
    store = new SqlStore(database);
    await store.migrate();
  });

  afterEach(() => store.close());

  it('keeps each value of a call as it is', async () => {
    const given = call({
      team: '搜索 "team" \\ \'x\'',
      cost_nano: Number.MAX_SAFE_INTEGER,
      seconds: 12.25,
      first_token_ms: 0.1,
      request_id: 'r-1',
    });
    await store.write(batch(given));
    expect(await rows('select * from usage_calls')).toMatchObject([
      Object.fromEntries(CALL_COLUMN_NAMES.map((column, at) => [column, given[at]])),
    ]);
  });

  it('sums up by names and by spans of time, the same as memory does', async () => {
    const calls = [
      call(),
      call({ team: 'search', cached_tokens: 40, reasoning_tokens: 3, estimated: 1 }),
      call({ key: 'other', cost_nano: null }),
      call({ error: 'queue_full', status: 429, prompt_tokens: null, completion_tokens: null, cost_nano: 0 }),
      call({
        at: T0 + 26 * 3_600_000,
        uncounted: 1,
        prompt_tokens: null,
        completion_tokens: null,
        cost_nano: null,
      }),
    ];
    const memory = new MemoryStore();
    for (const each of [store, memory]) await each.write(batch(...calls));
    const midnight = T0 - 12 * 3_600_000;
    for (const query of [
      { spans: [{ startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], groupBy: [] },
      { spans: [day(midnight), day(midnight + 24 * 3_600_000)], groupBy: [] },
      { spans: [day(midnight), day(midnight + 24 * 3_600_000)], groupBy: ['key', 'team', 'error'] as const },
      { spans: [day(midnight)], groupBy: ['model'] as const, only: { key: 'bot', team: '' } },
      { spans: [day(0)], groupBy: ['key'] as const },
    ]) {
      expect(sorted(await store.sums(query))).toEqual(sorted(await memory.sums(query)));
    }
    const [all] = await store.sums({ spans: [{ startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], groupBy: [] });
    expect(all).toEqual({
      span: 0,
      names: {},
      requests: 5,
      errors: 1,
      prompt_tokens: 300,
      cached_tokens: 40,
      cache_write_tokens: 0,
      completion_tokens: 30,
      reasoning_tokens: 3,
      estimated_requests: 1,
      uncounted_requests: 1,
      priced_requests: 2,
      unpriced_requests: 2,
      cost_nano: 20_000_000,
    });
  });

  it('is exact to the millisecond if a span begins or ends within a quarter of an hour', async () => {
    const times = [T0 - 1, T0, T0 + 1, T0 + SLOT_MS, T0 + 3 * SLOT_MS + 5, T0 + 3 * SLOT_MS + 6];
    await store.write(batch(...times.map((at) => call({ at }))));
    const counted = async (startMs: number, endMs: number) =>
      (await store.sums({ spans: [{ startMs, endMs }], groupBy: [] })).map(({ requests }) => requests);
    expect(await counted(T0, T0 + 3 * SLOT_MS + 6)).toEqual([4]);
    expect(await counted(T0 + 1, T0 + 3 * SLOT_MS + 7)).toEqual([4]);
    expect(await counted(T0 + 1, T0 + 2)).toEqual([1]);
    expect(await counted(T0 + 2, T0 + 3)).toEqual([]);
    expect(await counted(T0 - 1, T0 + 1)).toEqual([2]);
  });

  it('writes a batch once, however often it comes, and all processes add to the same sums', async () => {
    const [first, second] = [batch(call(), call()), batch(call())];
    await Promise.all([store.write(first), store.write(second), store.write(first)]);
    const other = await open();
    await Promise.all([new SqlStore(other).write(second), store.write(first)]);
    await other.close();
    const [sums] = await store.sums({ spans: [day(T0)], groupBy: [] });
    expect(sums).toMatchObject({ requests: 3, cost_nano: 30_000_000 });
    expect(await rows('select count(*) as n from usage_calls')).toEqual([{ n: 3 }]);
  });

  it('deletes old calls in slices, keeps the sums, and folds old sums to one per key and team', async () => {
    const old = Array.from({ length: 1200 }, (_, n) => call({ at: T0 - 1 - n, key: n % 2 ? 'a' : 'b' }));
    for (let n = 0; n < old.length; n += 400) await store.write(batch(...old.slice(n, n + 400)));
    await store.write(batch(call()));
    let deleted = 0;
    for (let count = await store.deleteCalls(T0); count > 0; count = await store.deleteCalls(T0))
      deleted += count;
    expect(deleted).toBe(1200);
    expect(await rows('select count(*) as n from usage_calls')).toEqual([{ n: 1 }]);
    const whole = { spans: [{ startMs: 0, endMs: Number.MAX_SAFE_INTEGER }], groupBy: ['key'] as const };
    const before = sorted(await store.sums(whole));
    expect(before.map(({ names, requests }) => [names.key, requests])).toEqual([
      ['a', 600],
      ['b', 600],
      ['bot', 1],
    ]);
    await store.foldTotals(T0);
    await store.foldTotals(T0);
    expect(sorted(await store.sums(whole))).toEqual(before);
    expect(await rows('select at from usage_totals order by at, key')).toEqual([
      { at: 0 },
      { at: 0 },
      { at: T0 },
    ]);
  });

  it('can be opened by several processes at once, and again', async () => {
    const others = await Promise.all([open(), open(), open()]);
    await Promise.all(others.map((other) => new SqlStore(other).migrate()));
    await Promise.all(others.map((other) => other.close()));
    await store.migrate();
    expect(await store.isReady()).toBe(true);
  });

  it('keeps its rows when a newer version adds to the tables, which is done once', async () => {
    await store.write(batch(call({ id: 'before' })));
    const added: string[] = [];
    const later = {
      ...migrations(database.storage),
      '2030-01-01-later': {
        up: async (db: Kysely<never>) => {
          added.push('later');
          await sql`alter table usage_totals add column later text`.execute(db);
        },
      },
    };
    const provider = { getMigrations: () => Promise.resolve(later) };
    for (let time = 0; time < 2; time++) {
      const { error } = await new Migrator({
        db: database.db,
        provider,
        ...MIGRATION_TABLES,
      }).migrateToLatest();
      expect(error).toBeUndefined();
    }
    expect(added).toEqual(['later']);
    await store.migrate();
    await store.write(batch(call({ id: 'after' })));
    expect((await rows('select id from usage_calls')).map(({ id }) => id).toSorted(compare)).toEqual([
      'after',
      'before',
    ]);
    expect(await store.sums({ spans: [day(T0)], groupBy: [] })).toMatchObject([
      { requests: 2, cost_nano: 20_000_000 },
    ]);
  });

  it('works on tables that a newer version has changed', async () => {
    await sql`alter table usage_totals add column later text`.execute(database.db);
    await sql`insert into usage_migrations (name, timestamp) values ('2030-01-01-later', 'then')`.execute(
      database.db,
    );
    await store.migrate();
    await store.write(batch(call()));
    expect(await store.sums({ spans: [day(T0)], groupBy: [] })).toMatchObject([{ requests: 1 }]);
  });
}

describe('usage in an SQLite file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'usage-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  storesAs(() => Promise.resolve(new SqliteUsage({ path: join(folder, 'usage.db'), isReadOnly: false })));
});

describe('a file that the first version of the store has written', () => {
  const FIRST = readFileSync(join(import.meta.dirname, '../fixtures/usage/first-version.sqlite.sql'), 'utf8');
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'usage-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const tables = async ({ db }: SqliteUsage) => {
    const { rows } = await sql<{ sql: string }>`select sql from sqlite_master where sql is not null`.execute(
      db,
    );
    return rows.map(({ sql: text }) => text.replaceAll(/\s+/g, ' ')).toSorted(compare);
  };

  it('is brought up to date with all its rows, and has the tables of a new one', async () => {
    const old = new SqliteUsage({ path: join(folder, 'old.db'), isReadOnly: false });
    for (const statement of FIRST.trim().split(';\n'))
      await sql.raw(statement.replace(/;$/, '')).execute(old.db);
    const store = new SqlStore(old);
    await store.migrate();
    await store.write(batch(call({ id: 'new', at: T0 + 2000 })));
    const calls = await sql<Record<string, unknown>>`select * from usage_calls order by at`.execute(old.db);
    expect(calls.rows).toMatchObject([
      {
        id: 'first-1',
        key: 'bot',
        team: 'search',
        prompt_tokens: 100,
        cost_nano: 10_000_000,
        price: 'config: input 1, output 2',
      },
      { id: 'first-2', key: '搜索', team: null, cost_nano: null, status: 500, seconds: 1.5 },
      { id: 'new', key: 'bot' },
    ]);
    expect(await store.sums({ spans: [day(T0 - 12 * 3_600_000)], groupBy: [] })).toMatchObject([
      { requests: 3, errors: 1, prompt_tokens: 300, cost_nano: 20_000_000, unpriced_requests: 1 },
    ]);
    const fresh = new SqliteUsage({ path: join(folder, 'new.db'), isReadOnly: false });
    await new SqlStore(fresh).migrate();
    expect(await tables(old)).toEqual(await tables(fresh));
    await Promise.all([old.close(), fresh.close()]);
  });
});

const compare = (one: unknown, other: unknown): number => (String(one) < String(other) ? -1 : 1);

describeWithPostgres('usage in Postgres', () => {
  let postgres: TestPostgres;
  let url: string;
  let databases = 0;
  beforeAll(async () => (postgres = await startPostgres()));
  afterAll(() => postgres.close());
  beforeEach(async () => (url = await postgres.database(`usage_${databases++}`)));
  storesAs(() => Promise.resolve(new PostgresUsage(url)));
});

function sorted(rows: readonly SumsRow[]): readonly SumsRow[] {
  return rows.toSorted((a, b) =>
    JSON.stringify([a.span, a.names]) < JSON.stringify([b.span, b.names]) ? -1 : 1,
  );
}
