import { createClient } from '@keyv/redis';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.js';
import { type TestRedis, startRedis } from './redis-server.js';
import { TEST_KEY, until } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export const PASSWORD = 'planted-password-77';
export const ENCRYPTION_KEY = 'an encryption key of 32 characters, or more';
const ACCOUNTS = Array.from({ length: 19 }, (_, index) => `planted-user-${index}`);
/** By design a hung Redis costs one request 250 ms, and not each of 30 of them; the machine may be busy. */
export const BEARABLE_MS = 6000;

/** One account of the service: who has logged in, and what it accepts. */
class Account {
  readonly issued: string[] = [];
  readonly issuedAt: number[] = [];
  readonly #revoked = new Set<string>();
  refusesTokens = false;
  beforeRefusal: ((token: string) => Promise<void>) | undefined;
  loginStatus = 200;
  loginDelayMs = 0;
  retryAfter: string | undefined;

  constructor(readonly user: string) {}

  revoke(): void {
    for (const token of this.issued) this.#revoked.add(token);
  }

  issue(): string {
    const token = `token-of-${this.user}-${this.issued.length + 1}`;
    this.issued.push(token);
    this.issuedAt.push(performance.now());
    return token;
  }

  accepts(token: string): boolean {
    return !this.refusesTokens && !this.#revoked.has(token);
  }
}

export let redis: TestRedis;
export let upstream: TestUpstream;
/** Three that run all the time. Each test has an account of its own, which is a model of that name. */
export let three: GatewayProcess[];
export const others: GatewayProcess[] = [];
const accounts = new Map(ACCOUNTS.map((user) => [user, new Account(user)]));
export let account: Account;

async function startReplica(cache: Record<string, unknown> = {}): Promise<GatewayProcess> {
  return startGatewayProcess({
    cache: { redis_url: redis.url, encryption_key: ENCRYPTION_KEY, ...cache },
    models: {
      request: ACCOUNTS.map((user) => ({
        name: user,
        base_url: upstream.url,
        auth_url: `${upstream.url}/auth`,
        username: user,
        password: PASSWORD,
      })),
    },
  });
}
export async function startAnother(cache?: Record<string, unknown>): Promise<GatewayProcess> {
  const replica = await startReplica(cache);
  others.push(replica);
  return replica;
}

export const ask = (replica: GatewayProcess) =>
  replica.chat({ model: account.user, messages: [{ role: 'user', content: 'hi' }] });
export const askAll = (count: number, of = three) =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(of[index % of.length]!)));
export const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];
export const codesOf = async (responses: Response[]) => {
  const bodies = await Promise.all(responses.map((response) => response.json()));
  return [...new Set(bodies.map((body) => (body as { error: { code: string } }).error.code))];
};
export const testModel = (replica: GatewayProcess, isForced = false) =>
  fetch(`${replica.url}/v1/models/${account.user}/test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ force: isForced }),
  });
const timesLogged = (replica: GatewayProcess, words: string) =>
  replica.log().filter(({ message }) => message.includes(words)).length;
export const stateOf = async (replica: GatewayProcess) =>
  ((await (await replica.get('/v1/health/models')).json()) as { token_cache: string }).token_cache;
/** The log is written in batches: the line may take a moment to appear. */
export async function expectLoggedOnce(replica: GatewayProcess, words: string, atMost = 1): Promise<void> {
  await until(() => timesLogged(replica, words) > 0, `a line with '${words}'`);
  expect(timesLogged(replica, words)).toBeLessThanOrEqual(atMost);
}

export async function untilState(state: 'shared' | 'memory', of = three): Promise<void> {
  const endAt = Date.now() + 30_000;
  while (!(await Promise.all(of.map(stateOf))).every((seen) => seen === state)) {
    if (Date.now() > endAt) throw new Error(`the token cache did not become "${state}"`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
export async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const startedAt = performance.now();
  return { result: await work(), ms: performance.now() - startedAt };
}
/** What lies in Redis. */
export async function entries(): Promise<{ name: string; value: string; ttlMs: number }[]> {
  const client = await createClient({ url: redis.url }).connect();
  const names = await client.keys('*');
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      value: (await client.get(name)) ?? '',
      ttlMs: await client.pTTL(name),
    })),
  );
  client.destroy();
  return found;
}

/** For a block of tests: a Redis, a service, and three replicas with it; each test has an account of its own. */
export function openReplicas(): void {
  beforeAll(async () => {
    redis = await startRedis();
    upstream = await startUpstream(async ({ path, headers, body, res }) => {
      if (path === '/auth') {
        const { username } = JSON.parse(body.toString()) as { username: string };
        const it = accounts.get(username)!;
        const token = it.issue();
        // Not waited for at the end of the tests, where nobody asks any more.
        await new Promise((resolve) => setTimeout(resolve, it.loginDelayMs).unref());
        if (it.retryAfter !== undefined) res.setHeader('retry-after', it.retryAfter);
        return it.loginStatus === 200
          ? sendJson(res, { token })
          : sendJson(res, { message: 'no' }, it.loginStatus);
      }
      const token = String(headers.authorization).slice('Bearer '.length);
      const owner = [...accounts.values()].find((it) => it.issued.includes(token));
      if (owner?.accepts(token) !== true) {
        await owner?.beforeRefusal?.(token);
        return sendJson(res, { message: 'expired' }, 401);
      }
      sendJson(res, completion());
    });
    three = await Promise.all([startReplica(), startReplica(), startReplica()]);
  });
  const unused = [...accounts.values()];
  beforeEach(async () => {
    account = unused.shift()!;
    await untilState('shared');
  });
  afterEach(async () => {
    redis.thaw();
    const ended = await Promise.all(others.splice(0).map((replica) => replica.stop()));
    expect(ended.every((code) => code === 0)).toBe(true);
  });
  afterAll(async () => {
    await Promise.all(three.map((replica) => replica.stop()));
    await redis.close();
    await upstream.close();
  });
}
