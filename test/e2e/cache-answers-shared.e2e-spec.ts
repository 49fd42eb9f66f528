import { createClient } from '@keyv/redis';
import { poll } from '../support/cli-process.js';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { type TestRedis, describeWithRedis, startRedis } from '../support/redis-server.js';
import { TEST_KEY } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

// Each replica is a process that starts from nothing.
jest.setTimeout(180_000);

const SECRET_WORDS = 'planted words of a prompt';

describeWithRedis('responses kept in Redis', () => {
  let redis: TestRedis;
  let upstream: TestUpstream;
  let replicas: GatewayProcess[];
  let count = 0;
  let asked = 0;

  beforeAll(async () => {
    redis = await startRedis();
    upstream = await startUpstream();
    replicas = await Promise.all([1, 2].map(() => startReplica()));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await upstream.close();
    await redis.close();
  });
  beforeEach(() => {
    upstream.calls.length = 0;
    upstream.handle(({ res }) => sendJson(res, completion(`${SECRET_WORDS} 密 ${++count}`)));
  });

  const startReplica = () =>
    startGatewayProcess({
      cache: { redis_url: redis.url, encryption_key: 'an encryption key of 32 characters, or more' },
      retry: { max_retries: 0 },
      models: { openai: [{ name: 'm', base_url: upstream.url, cache_answers: { ttl_seconds: 600 } }] },
    });

  const question = (more: Record<string, unknown> = {}) => ({
    model: 'm',
    temperature: 0,
    messages: [{ role: 'user', content: `${SECRET_WORDS} ${++asked}` }],
    ...more,
  });

  async function ask(replica: GatewayProcess, body: unknown): Promise<readonly [string | null, string]> {
    const response = await fetch(`${replica.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return [response.headers.get('x-gateway-cache'), await response.text()];
  }

  /** Does what makes a replica keep a response, and waits until Redis has it: it is written after its client has it. */
  async function kept<Result>(work: () => Promise<Result>): Promise<Result> {
    const client = await createClient({ url: redis.url }).connect();
    try {
      const before = await client.dbSize();
      const result = await work();
      await poll(async () => (await client.dbSize()) > before);
      return result;
    } finally {
      client.destroy();
    }
  }

  it('are given by every replica, encrypted, and end by themselves', async () => {
    const [one, two] = replicas as [GatewayProcess, GatewayProcess];
    const body = question();
    const [first, text] = await kept(() => ask(one, body));
    expect(first).toBe('miss');
    expect(await ask(two, body)).toEqual(['hit', text]);
    expect(upstream.calls).toHaveLength(1);

    const client = createClient({ url: redis.url });
    await client.connect();
    try {
      const names = await client.keys('*');
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const value = (await client.get(name))!;
        const shown = `${name} ${value} ${Buffer.from(value, 'base64').toString('latin1')}`;
        expect(shown).not.toContain('planted');
        expect(await client.pTTL(name)).toBeGreaterThan(0);
      }
    } finally {
      client.destroy();
    }
  });

  it('are streams, too, and longer than a token', async () => {
    const [one, two] = replicas as [GatewayProcess, GatewayProcess];
    const long = 'word '.repeat(100_000);
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent(long));
      res.end(chunkEvent('', 'stop') + 'data: [DONE]\n\n');
    });
    const body = question({ stream: true });
    const [, text] = await kept(() => ask(one, body));
    expect(text.length).toBeGreaterThan(500_000);
    expect(await ask(two, body)).toEqual(['hit', text]);
  });

  it('name on every replica what their translation has lost', async () => {
    const [one, two] = replicas as [GatewayProcess, GatewayProcess];
    const body = JSON.stringify(question({ max_tokens: 9, top_k: 5 }));
    const namesFrom = async ({ url }: GatewayProcess) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': TEST_KEY };
      const response = await fetch(`${url}/v1/messages`, { method: 'POST', headers, body });
      await response.text();
      return [response.headers.get('x-gateway-cache'), response.headers.get('x-gateway-dropped')];
    };
    expect(await kept(() => namesFrom(one))).toEqual(['miss', 'top_k']);
    expect(await namesFrom(two)).toEqual(['hit', 'top_k']);
  });

  it('are kept in memory while Redis is away, and no call fails', async () => {
    const [one, two] = replicas as [GatewayProcess, GatewayProcess];
    const before = question();
    await ask(one, before);
    await redis.kill();
    const body = question();
    expect((await ask(one, body))[0]).toBe('miss');
    await poll(async () => (await ask(one, body))[0] === 'hit');
    expect((await ask(two, body))[0]).toBe('miss');
    await redis.restart();
    await poll(async () => {
      const fresh = question();
      await ask(one, fresh);
      // Not `kept`: as long as Redis is not back, this one is in memory only.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await ask(two, fresh))[0] === 'hit';
    });
    expect((await ask(two, before))[0]).toBe('miss');
  });
});
