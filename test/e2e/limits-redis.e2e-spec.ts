import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { type TestRedis, describeWithRedis, startRedis } from '../support/redis-server.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const ENCRYPTION_KEY = 'an encryption key of 32 characters, or more';
const AWAY = 'Redis unavailable, each replica holds its share of the limits';
const MESSAGES = [{ role: 'user', content: 'hi' }];

// Each replica is a process that starts from nothing.
jest.setTimeout(180_000);

describeWithRedis('limits of three replicas with one Redis', () => {
  let redis: TestRedis;
  let upstream: TestUpstream;
  let replicas: GatewayProcess[] = [];
  /** What the service has counted. */
  let served = { calls: 0, tokens: 0, usd: 0, most: 0, running: 0 };
  let delayMs = 0;

  beforeAll(async () => {
    redis = await startRedis();
    upstream = await startUpstream(({ res, body }) => {
      const { max_tokens: max = 5 } = JSON.parse(body.toString()) as { max_tokens?: number };
      served.calls++;
      served.tokens += max + 10;
      served.usd += (10 * 100 + max * 1000) / 1e6;
      served.most = Math.max(served.most, ++served.running);
      const usage = { prompt_tokens: 10, completion_tokens: max, total_tokens: max + 10 };
      setTimeout(() => {
        served.running--;
        sendJson(res, completion('x', { usage }));
      }, delayMs);
    });
  });
  beforeEach(() => {
    served = { calls: 0, tokens: 0, usd: 0, most: 0, running: 0 };
    delayMs = 0;
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    replicas = [];
  });
  afterAll(async () => {
    await redis.close();
    await upstream.close();
  });

  let keys = 0;
  async function start(limits: Record<string, unknown>, count = 3, cache = {}): Promise<void> {
    const name = `bot-${keys++}`;
    const price = { input: 100, output: 1000 };
    const config = {
      auth: { api_keys: [{ name, key: TEST_KEY, limits }] },
      cache: { redis_url: redis.url, encryption_key: ENCRYPTION_KEY, ...cache },
      models: { openai: [{ name: 'm', base_url: upstream.url, api_key: 'k', price }] },
    };
    replicas = await Promise.all(Array.from({ length: count }, () => startGatewayProcess(config)));
  }
  const ask = (at: number, max_tokens = 100) =>
    replicas[at % replicas.length]!.chat({ model: 'm', messages: MESSAGES, max_tokens });
  async function askAll(count: number, max_tokens?: number): Promise<Record<number, number>> {
    const all = await Promise.all(Array.from({ length: count }, (_, at) => ask(at, max_tokens)));
    const statuses: Record<number, number> = {};
    for (const response of all) {
      await response.text();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }
    return statuses;
  }
  const saying = (message: string) =>
    replicas.filter((replica) => replica.log().some((line) => line.message === message)).length;

  it('admit 60 of 200 calls at once if a key has 60 requests per minute', async () => {
    await start({ requests_per_minute: 60 });
    expect(await askAll(200)).toEqual({ 200: 60, 429: 140 });
    expect(served.calls).toBe(60);
  });

  it('never pass a token limit, a budget or a number of concurrent calls', async () => {
    await start({
      tokens_per_minute: 100_000,
      max_concurrent: 30,
      budget: { usd: 60, per: 'day' },
    });
    delayMs = 50;
    for (let round = 0; round < 3; round++) await askAll(200, 1000);
    expect(served.most).toBeLessThanOrEqual(30 + (saying(AWAY) === 0 ? 0 : 10));
    // On a busy machine Redis may be too late for a replica, which then counts alone for a moment.
    const margin = saying(AWAY) === 0 ? 0 : 20;
    expect(served.usd).toBeLessThanOrEqual(60 + margin * 1.001);
    expect(served.usd).toBeGreaterThan(55);
    expect(served.tokens).toBeLessThanOrEqual(100_000);
  });

  it('go on with their shares when Redis is killed, fail no call, and count together after its return', async () => {
    await start({ requests_per_minute: 300 });
    // Each has reported since the last one started.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(await askAll(30)).toEqual({ 200: 30 });
    const load: Promise<Record<number, number>>[] = [];
    load.push(askAll(60));
    await redis.kill();
    for (let round = 0; round < 3; round++) {
      load.push(askAll(60));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const statuses = (await Promise.all(load)).flatMap((counts) => Object.keys(counts));
    expect(new Set(statuses)).toEqual(new Set(['200']));
    const away = await askAll(600);
    expect(Object.keys(away).sort()).toEqual(['200', '429']);
    expect(served.calls).toBeLessThanOrEqual(300);
    expect(served.calls).toBeGreaterThan(290);
    await until(() => saying(AWAY) === 3, 'a log line');
    await redis.restart();
    const isShared = () =>
      replicas.every(
        (replica) =>
          replica.log().filter((line) => line.message === 'limits are shared through Redis').length === 2,
      );
    await until(isShared, 'the return of Redis', 30_000);
    expect(await askAll(30)).toEqual({ 429: 30 });
    expect(served.calls).toBeLessThanOrEqual(300);
  });

  it('use their configured share if Redis is away when they start, log it, and count together later', async () => {
    await redis.kill();
    await start({ requests_per_minute: 60 }, 3, { replicas: 3 });
    expect(await askAll(200)).toEqual({ 200: 60, 429: 140 });
    expect(saying(AWAY)).toBe(3);
    const limits = async () =>
      (await (await replicas[0]!.get('/v1/limits')).json()) as Record<string, unknown>;
    expect(await limits()).toMatchObject({ state: 'away', replicas: 3, replicas_from: 'configuration' });
    await redis.restart();
    await until(() => saying('limits are shared through Redis') === 3, 'Redis', 30_000);
    expect(await limits()).toMatchObject({ state: 'shared', replicas_from: 'redis' });
    expect(await askAll(30)).toEqual({ 429: 30 });
    expect(served.calls).toBe(60);
  });

  it('log that each uses whole limits if the number of replicas is not configured', async () => {
    await redis.kill();
    await start({ requests_per_minute: 60 }, 1);
    const [line] = replicas[0]!.log().filter(({ message }) => message === AWAY);
    expect(line).toMatchObject({ replicas: 1, replicas_from: 'assumption' });
    expect(line!['hint']).toContain('cache.replicas');
    await redis.restart();
  });

  it('free what a replica held that was killed', async () => {
    await start({ max_concurrent: 4 }, 2);
    delayMs = 60_000;
    const lost = [ask(0), ask(0)].map((call) => call.catch(() => undefined));
    const kept = [ask(1), ask(1)].map((call) => call.catch(() => undefined));
    await until(() => served.running === 4, 'all calls');
    expect((await ask(1)).status).toBe(429);
    await replicas[0]!.kill();
    replicas.shift();
    await Promise.all(lost);
    const killedAt = Date.now();
    delayMs = 0;
    let status = 429;
    while (status === 429 && Date.now() < killedAt + 45_000) {
      ({ status } = await ask(0));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(status).toBe(200);
    // Those that still run keep theirs beyond the time of a lease.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, killedAt + 35_000 - Date.now())));
    delayMs = 1000;
    expect(await askAll(10)).toEqual({ 200: 2, 429: 8 });
    upstream.server.closeAllConnections();
    await Promise.all(kept);
  });
});
