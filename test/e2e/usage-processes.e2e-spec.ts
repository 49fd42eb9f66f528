import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountedLoad, CountingUpstream, p99 } from '../support/counted-load.js';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { type TestPostgres, describeWithPostgres, startPostgres } from '../support/postgres-server.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { type StoredCall, storedCalls, storedTotals } from '../support/usage-rows.js';

/** How long the store is away under load; .ci/full sets a minute. */
const AWAY_MS = 1000 * Number(process.env['STORE_AWAY_SECONDS'] ?? 4);

let service: CountingUpstream;
let folder: string;
let path: string;
const gateways: GatewayProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usage-processes-'));
  path = join(folder, 'usage.db');
  service = await CountingUpstream.start();
});

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  usage: Record<string, unknown> | undefined,
  server: Record<string, unknown> = {},
): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess({
    server: { host: '127.0.0.1', port: 0, ...server },
    auth: { api_keys: [{ name: 'bot', key: TEST_KEY, admin: true }] },
    logging: { format: 'json', level: 'info' },
    usage,
    models: {
      openai: [{ name: 'chat', base_url: service.upstream.url, price: { input: 2.5, output: 10 } }],
    },
  });
  gateways.push(gateway);
  return gateway;
}

/** What rows say of the calls of clients: tokens and costs as the service has reported them. */
function expectCounted(rows: readonly StoredCall[]): void {
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const [prompt, output] = service.tokens.get(String(row.request_id))!;
    expect([row.prompt_tokens, row.completion_tokens, row.cost_nano]).toEqual([
      prompt,
      output,
      prompt * 2500 + output * 10_000,
    ]);
  }
}

const idsOf = (rows: readonly { readonly request_id?: unknown; readonly id?: unknown }[]): string[] =>
  rows.map(({ request_id: id }) => String(id)).toSorted();

describe('the ledger in a file', () => {
  it('loses nothing when the process is asked to end under load', async () => {
    const gateway = await start({ store: `file:${path}`, flush_seconds: 60 });
    const load = new CountedLoad([gateway.url]);
    await until(() => load.calls.length > 300);
    const ended = gateway.stop();
    await load.stop();
    expect(await ended).toBe(0);
    const rows = await storedCalls(path);
    expectCounted(rows.filter(({ prompt_tokens: tokens }) => tokens !== null));
    const succeeded = rows.filter(({ error }) => error === null);
    expect(idsOf(succeeded)).toEqual(load.calls.map(({ id }) => id).toSorted());
  }, 60_000);

  it('loses one flush interval at most when the process is killed under load, and has the same sums after it', async () => {
    const gateway = await start({ store: `file:${path}`, flush_seconds: 0.5 });
    const load = new CountedLoad([gateway.url]);
    await Promise.all([sleep(2500), until(() => load.calls.length > 300)]);
    const killedAt = Date.now();
    await gateway.kill();
    await load.stop();
    const rows = await storedCalls(path);
    const stored = new Set(idsOf(rows));
    // Half a second of interval, and the writing itself.
    const missing = load.calls.filter(({ id, endedAt }) => !stored.has(id) && endedAt < killedAt - 1000);
    expect(missing).toEqual([]);
    expect(rows.length).toBeGreaterThan(100);
    expectCounted(rows);
    const again = await start({ store: `file:${path}` });
    const [sums] = ((await (await again.get('/v1/usage')).json()) as { data: Record<string, number>[] }).data;
    const sum = (column: keyof StoredCall) => rows.reduce((total, row) => total + Number(row[column]), 0);
    expect(sums).toMatchObject({
      requests: rows.length,
      prompt_tokens: sum('prompt_tokens'),
      completion_tokens: sum('completion_tokens'),
      cost_usd: sum('cost_nano') / 1e9,
    });
  }, 60_000);

  it('is shared by two gateways under load', async () => {
    const two = await Promise.all([1, 2].map(() => start({ store: `file:${path}`, flush_seconds: 0.2 })));
    const load = new CountedLoad(two.map(({ url }) => url));
    await sleep(2000);
    const [first] = await Promise.all([
      two[0]!.get('/v1/usage'),
      two[1]!.get('/v1/usage?group_by=day,key,model'),
    ]);
    expect(first!.status).toBe(200);
    await load.stop();
    await Promise.all(two.map((gateway) => gateway.stop()));
    const rows = await storedCalls(path);
    expect(load.failures).toEqual([]);
    expect(idsOf(rows)).toEqual(load.calls.map(({ id }) => id).toSorted());
    expectCounted(rows);
    const totals = await storedTotals(path);
    expect(totals.reduce((sum, { requests }) => sum + requests, 0)).toBe(rows.length);
  }, 60_000);
});

describeWithPostgres('the ledger in Postgres', () => {
  let postgres: TestPostgres;
  beforeAll(async () => (postgres = await startPostgres()));
  afterAll(() => postgres?.close());

  const stored = async (url: string): Promise<StoredCall[]> => {
    const name = new URL(url).pathname.slice(1);
    const rows = (await postgres.query(
      'select request_id, prompt_tokens::int, completion_tokens::int, cost_nano::int, error from usage_calls',
      name,
    )) as unknown as StoredCall[];
    return rows;
  };

  it.each([
    ['killed', () => postgres.kill(), () => postgres.restart()],
    ['frozen', () => postgres.freeze(), () => postgres.thaw()],
  ] as const)(
    'delays and loses no call of two replicas while the server is %s, and has them all afterwards',
    async (what, leave, comeBack) => {
      const url = await postgres.database(`usage_${what}`);
      const two = await Promise.all([1, 2].map(() => start({ store: url, flush_seconds: 0.2 })));
      const withoutStore = await Promise.all([start(undefined), start(undefined)]);
      const before = new CountedLoad(two.map((gateway) => gateway.url));
      await sleep(2000);
      await before.stop();
      await leave();
      const during = new CountedLoad(two.map((gateway) => gateway.url));
      // Called at the same time, so that a busy machine delays both alike.
      const beside = new CountedLoad(withoutStore.map((gateway) => gateway.url));
      await sleep(AWAY_MS);
      await Promise.all([during.stop(), beside.stop()]);
      await comeBack();
      expect([before.failures, during.failures, beside.failures]).toEqual([[], [], []]);
      expect(p99(during.calls)).toBeLessThan(2 * p99(beside.calls) + 50);
      expect(during.calls.length).toBeGreaterThan(beside.calls.length / 2);
      const all = [...before.calls, ...during.calls];
      const endAt = Date.now() + 50_000;
      while ((await stored(url)).length < all.length && Date.now() < endAt) await sleep(200);
      const rows = await stored(url);
      expect(idsOf(rows)).toEqual(all.map(({ id }) => id).toSorted());
      expectCounted(rows);
      const [sums] = ((await (await two[0]!.get('/v1/usage')).json()) as { data: Record<string, number>[] })
        .data;
      expect(sums).toMatchObject({ requests: all.length });
      if (what === 'killed') {
        const messages = two[0]!.log().map(({ message }) => message);
        expect(messages.filter((message) => message.startsWith('usage '))).toEqual([
          'usage cannot be written, it is kept in memory meanwhile',
          'usage is written again',
        ]);
      }
    },
    120_000 + 2 * AWAY_MS,
  );

  it('is connected later if the server is away at the start, and logs no part of its address', async () => {
    const url = await postgres.database('usage_late');
    await postgres.kill();
    const gateway = await start({ store: url, flush_seconds: 0.2 });
    expect((await gateway.chat({ model: 'chat', messages: [{ role: 'user', content: 'hi' }] })).status).toBe(
      200,
    );
    expect((await gateway.get('/v1/usage')).status).toBe(503);
    await postgres.restart();
    const endAt = Date.now() + 30_000;
    while ((await stored(url).catch(() => [])).length < 1 && Date.now() < endAt) await sleep(100);
    expect(await stored(url)).toHaveLength(1);
    expect(gateway.logText()).not.toContain('postgres-test-password');
    expect(gateway.logText()).not.toContain(String(postgres.port));
  }, 60_000);
});
