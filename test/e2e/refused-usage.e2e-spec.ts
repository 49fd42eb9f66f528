import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { SqliteUsage } from '../../src/usage/store/sqlite-database.js';
import { UsageFigures } from '../../src/usage/figures/usage-figures.js';
import { type TestPostgres, describeWithPostgres, startPostgres } from '../support/postgres-server.js';
import { Scrape } from '../support/scrape.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const BAD_KEY = 'sk-test-refused-key-0001';
const CALLS = 40;
/** Which of the calls are those of the key that the store refuses: neighbours, the first, the last. */
const BAD = [0, 7, 8, 39];
const LOST = 'usage is lost, its store refuses what these calls contain';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(({ req, res }) => {
    const usage = { prompt_tokens: req.url!.startsWith('/long') ? 40_000 : 9, completion_tokens: 3 };
    sendJson(res, { ...completion(), usage });
  });
});

afterEach(async () => {
  await gateway?.close();
  await upstream.close();
});

const start = async (store: string, flushSeconds = 60): Promise<void> => {
  gateway = await startGateway({
    auth: {
      api_keys: [
        { name: 'bot', key: TEST_KEY, admin: true },
        { name: 'bad', key: BAD_KEY },
      ],
    },
    usage: { store, flush_seconds: flushSeconds },
    models: {
      openai: [
        { name: 'chat', base_url: upstream.url, price: { input: 1, output: 1 } },
        { name: 'long', base_url: `${upstream.url}/long`, price: { input: 1, output: 1 } },
      ],
    },
  });
  // Opens the store.
  expect((await gateway.get('/v1/usage')).status).toBe(200);
};

const call = async (key = TEST_KEY): Promise<string> => {
  const response = await gateway.chat(
    { model: key === BAD_KEY ? 'long' : 'chat', messages: [{ role: 'user', content: 'hi' }] },
    { key },
  );
  await response.text();
  expect(response.status).toBe(200);
  return response.headers.get('x-request-id')!;
};

const state = () => gateway.app.get(UsageFigures).state;

const figures = async (): Promise<Record<string, unknown>> => {
  const scrape = new Scrape(await (await gateway.get('/metrics', { key: TEST_KEY })).text());
  return Object.fromEntries(
    [
      'written_calls_total',
      'dropped_calls_total',
      'refused_calls_total',
      'buffered_calls',
      'store_available',
    ].map((name) => [name, scrape.value(`llm_gateway_usage_${name}`)]),
  );
};

interface Place {
  readonly store: string;
  readonly run: (text: string) => Promise<Record<string, unknown>[]>;
}

/** @param rules how the operator of the database makes it refuse the calls of one key */
function refusalsOf(
  place: () => Promise<Place>,
  rules: Readonly<
    Record<string, { readonly code: string; readonly reason: string; readonly sql: readonly string[] }>
  >,
): void {
  it.each(Object.entries(rules))(
    'drops only the calls that %s refuses, counts them, names the reason, and keeps the rest',
    async (_, { code, reason, sql: statements }) => {
      const { store, run } = await place();
      await start(store);
      for (const statement of statements) await run(statement);
      const ids: string[] = [];
      for (let n = 0; n < CALLS; n++) ids.push(await call(BAD.includes(n) ? BAD_KEY : TEST_KEY));
      await until(() => gateway.running.count === 0);
      await gateway.app.get(UsageFigures).flush();
      const rows = await run('select request_id, key from usage_calls order by at');
      expect(rows.map(({ request_id: id }) => id)).toEqual(ids.filter((_id, n) => !BAD.includes(n)));
      expect(rows.every(({ key }) => key === 'bot')).toBe(true);
      expect(await figures()).toEqual({
        written_calls_total: CALLS - BAD.length,
        dropped_calls_total: BAD.length,
        refused_calls_total: BAD.length,
        buffered_calls: 0,
        store_available: 1,
      });
      expect(gateway.log().filter(({ message }) => message.startsWith('usage '))).toEqual([
        expect.objectContaining({
          level: 'error',
          message: LOST,
          calls: BAD.length,
          first_request_id: ids[0],
          error_code: code,
          reason: expect.stringContaining(reason) as unknown,
        }),
      ]);
      const [sums] = ((await (await gateway.get('/v1/usage')).json()) as { data: Record<string, number>[] })
        .data;
      expect(sums).toMatchObject({ requests: CALLS - BAD.length, prompt_tokens: (CALLS - BAD.length) * 9 });
    },
    60_000,
  );

  it('goes on with later calls when all calls of a batch are refused, and logs it once a batch', async () => {
    const { store, run } = await place();
    await start(store, 0.1);
    for (const statement of Object.values(rules)[0]!.sql) await run(statement);
    for (let n = 0; n < 3; n++) await call(BAD_KEY);
    await until(() => state().droppedCalls === 3);
    await call();
    await until(() => state().writtenCalls === 1);
    expect(await run('select key from usage_calls')).toEqual([{ key: 'bot' }]);
    expect(await figures()).toMatchObject({ dropped_calls_total: 3, store_available: 1 });
    const lost = gateway.log().filter(({ message }) => message === LOST);
    expect(lost.reduce((sum, { calls }) => sum + Number(calls), 0)).toBe(3);
  }, 60_000);
}

describe('usage that a file refuses for its data', () => {
  let folder: string;
  let open: SqliteUsage | undefined;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'refused-usage-'))));
  afterEach(async () => {
    await open?.close();
    open = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  refusalsOf(
    () => {
      const path = join(folder, 'usage.db');
      return Promise.resolve({
        store: `file:${path}`,
        run: async (text) => {
          open ??= new SqliteUsage({ path, isReadOnly: false });
          return (await sql.raw<Record<string, unknown>>(text).execute(open.db)).rows;
        },
      });
    },
    {
      'a trigger on the calls': {
        code: 'SQLITE_CONSTRAINT_TRIGGER',
        reason: 'no bad calls here',
        sql: [
          `create trigger no_bad before insert on usage_batches when exists (
            select 1 from json_each(new.calls) as call where call.value ->> 3 = 'bad'
          ) begin select raise(abort, 'no bad calls here'); end`,
        ],
      },
      'a trigger that rolls back': {
        code: 'SQLITE_CONSTRAINT_TRIGGER',
        reason: 'rolled back',
        sql: [
          `create trigger no_bad before insert on usage_totals when new.key = 'bad'
            begin select raise(rollback, 'rolled back'); end`,
        ],
      },
      'an index on the sums': {
        code: 'SQLITE_CONSTRAINT_UNIQUE',
        reason: 'UNIQUE constraint failed',
        sql: [
          `create unique index no_bad on usage_totals (key) where key = 'bad'`,
          `insert into usage_totals (at, key, team, model, operation, error) values (0, 'bad', '', '', '', '')`,
        ],
      },
    },
  );
});

describeWithPostgres('usage that Postgres refuses for its data', () => {
  let postgres: TestPostgres;
  let databases = 0;
  beforeAll(async () => (postgres = await startPostgres()));
  afterAll(() => postgres.close());

  refusalsOf(
    async () => {
      const name = `refused_${databases++}`;
      return { store: await postgres.database(name), run: (text) => postgres.query(text, name) };
    },
    {
      'a constraint on the calls': {
        code: '23514',
        reason: 'no_bad',
        sql: [`alter table usage_calls add constraint no_bad check (key <> 'bad')`],
      },
      'a constraint on the sums': {
        code: '23514',
        reason: 'no_bad',
        sql: [`alter table usage_totals add constraint no_bad check (key <> 'bad')`],
      },
      'a trigger': {
        code: 'P0001',
        reason: 'no bad calls here',
        sql: [
          `create function no_bad() returns trigger language plpgsql as $$
            begin if new.key = 'bad' then raise exception 'no bad calls here'; end if; return new; end $$`,
          'create trigger no_bad before insert on usage_calls for each row execute function no_bad()',
        ],
      },
      'a narrower type': {
        code: '22003',
        reason: 'smallint out of range',
        sql: ['alter table usage_calls alter column prompt_tokens type smallint'],
      },
    },
  );
});
