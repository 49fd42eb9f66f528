import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { type TestConfig } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
beforeAll(async () => (upstream = await startUpstream(({ res }) => sendJson(res, completion()))));
afterAll(() => upstream.close());

/** What the built gateway loads whose name holds a word, from its start to a call. */
async function loaded(
  word: string,
  config: Partial<TestConfig> & { readonly cache?: Record<string, unknown> } = {},
  env: Record<string, string> = {},
): Promise<string[]> {
  const gateway: GatewayProcess = await startGatewayProcess(
    { models: { openai: [{ name: 'm', base_url: upstream.url }] }, ...config },
    { tellsImportsOf: word, env },
  );
  try {
    const answer = await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    expect(answer.status).toBe(200);
  } finally {
    await gateway.stop();
  }
  return [...gateway.logText().matchAll(/^IMPORTED (.*)$/gm)].map(([, name]) => name!);
}

describe('what is off is not loaded', () => {
  it.each(['prom-client', 'metrics.module'])('metrics.enabled: false, %s', async (word) => {
    expect(await loaded(word, { metrics: { enabled: false } })).toEqual([]);
  });

  it.each(['opentelemetry', 'tracing.module'])('no OTEL_ variable, %s', async (word) => {
    expect(await loaded(word)).toEqual([]);
  });

  it.each(['kysely', 'libsql'])('no usage.store, %s', async (word) => {
    expect(await loaded(word)).toEqual([]);
  });

  it('a file for usage, the driver of Postgres', async () => {
    expect(await loaded('postgres-database', { usage: { store: 'file:usage.db' } })).toEqual([]);
  });
});

describe('the Redis client', () => {
  it('is loaded only if the configuration names a Redis', async () => {
    const cache = {
      redis_url: 'redis://127.0.0.1:9',
      encryption_key: 'an encryption key of 32 characters, or more',
    };
    expect(await loaded('redis')).not.toContain('@keyv/redis');
    expect(await loaded('redis', { cache })).toContain('@keyv/redis');
  });
});

describe('what no model uses is not loaded', () => {
  it.each(['jsonata', 'google-auth-library'])('%s', async (name) => {
    expect(await loaded(name)).not.toContain(name);
  });
});

describe('what is on is loaded', () => {
  it('the language of mappings, for a mapped model', async () => {
    const mapped = {
      name: 'mapped',
      base_url: upstream.url,
      token: 't',
      response: { text: '$uppercase(text)' },
    };
    const openai = { name: 'm', base_url: upstream.url };
    expect(await loaded('jsonata', { models: { openai: [openai], request: [mapped] } })).toContain('jsonata');
  });

  it('metrics, which are on unless configured otherwise', async () => {
    expect(await loaded('prom-client')).toContain('prom-client');
  });

  it('traces, and the exporter of the protocol only', async () => {
    const found = await loaded('opentelemetry', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: upstream.url });
    expect(found).toContain('@opentelemetry/sdk-trace');
    expect(found).toContain('@opentelemetry/exporter-trace-otlp-proto');
    expect(found).not.toContain('@opentelemetry/exporter-trace-otlp-http');
  });
});
