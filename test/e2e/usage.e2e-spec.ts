import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningCalls } from '../../src/calls/running-calls.js';
import { UsageFigures } from '../../src/usage/figures/usage-figures.js';
import {
  type TestConfig,
  type TestGateway,
  TEST_KEY,
  startGateway,
  until,
} from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';
import { storedCalls } from '../support/usage-rows.js';

const ASK = { model: 'chat', messages: [{ role: 'user', content: 'hi' }] };
const ADMIN = 'sk-test-admin-key-0001';
const OTHER = 'sk-test-other-key-0001';

let folder: string;
let path: string;
let upstream: TestUpstream;
let gateway: TestGateway;

function configOf(usage: Record<string, unknown> | undefined, more: Partial<TestConfig> = {}): TestConfig {
  return {
    auth: {
      time_zone: 'Asia/Shanghai',
      teams: [{ name: 'search' }],
      api_keys: [
        { name: 'bot', key: TEST_KEY, team: 'search' },
        { name: 'other', key: OTHER },
        { name: 'boss', key: ADMIN, admin: true },
      ],
    },
    retry: { max_retries: 1, backoff_seconds: 0 },
    breaker: { enabled: false },
    ...(usage !== undefined && { usage }),
    models: {
      openai: [
        { name: 'chat', base_url: upstream.url, price: { input: 2, output: 10 }, fallbacks: ['spare'] },
        { name: 'spare', base_url: `${upstream.url}/spare`, price: { input: 1, output: 1 } },
        { name: 'unpriced', base_url: upstream.url, on_client_disconnect: 'finish' },
      ],
    },
    ...more,
  };
}

const usageOf = async (query = '', key = ADMIN): Promise<Record<string, unknown>[]> => {
  const response = await gateway.get(`/v1/usage${query}`, { key });
  const body = (await response.json()) as { object: string; data: Record<string, unknown>[] };
  expect([response.status, body.object]).toEqual([200, 'list']);
  return body.data;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usage-test-'));
  path = join(folder, 'data', 'usage.db');
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
});

afterEach(async () => {
  await gateway?.close();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the ledger', () => {
  beforeEach(async () => {
    gateway = await startGateway(configOf({ store: `file:${path}`, flush_seconds: 0.1 }));
  });

  const rows = async () => {
    await gateway.app.get(UsageFigures).flush();
    return storedCalls(path);
  };

  it('has a row for a call, with what the service counted and what it cost', async () => {
    upstream.handle(({ res }) =>
      sendJson(res, {
        ...completion(),
        usage: {
          prompt_tokens: 100,
          completion_tokens: 20,
          prompt_tokens_details: { cached_tokens: 64 },
          completion_tokens_details: { reasoning_tokens: 5 },
        },
      }),
    );
    const before = Date.now();
    const response = await gateway.chat(ASK, { headers: { 'x-request-id': 'call-1' } });
    await response.text();
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      request_id: 'call-1',
      key: 'bot',
      team: 'search',
      model: 'chat',
      served_model: 'chat',
      operation: 'chat',
      dialect: 'openai-chat',
      upstream_dialect: 'openai-chat',
      stream: 0,
      status: 200,
      error: null,
      attempts: 1,
      prompt_tokens: 100,
      completion_tokens: 20,
      cached_tokens: 64,
      reasoning_tokens: 5,
      estimated: 0,
      uncounted: 0,
      cost_nano: 100 * 2000 + 20 * 10_000,
      price: 'config: input 2, output 10',
    });
    expect(row!.at).toBeGreaterThanOrEqual(before - 1);
    expect(row!.at).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(row)).not.toContain('hello');
  });

  it('has whole numbers that every database takes, whatever the service says', async () => {
    const said = [
      { prompt_tokens: 10.6, completion_tokens: 2.4, prompt_tokens_details: { cached_tokens: 1.5 } },
      { prompt_tokens: 2 ** 64, completion_tokens: 2 ** 64 },
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 1e300 } },
    ];
    for (const usage of said) {
      upstream.handle(({ res }) => sendJson(res, { ...completion(), usage }));
      await (await gateway.chat(ASK)).text();
      await until(() => gateway.app.get(RunningCalls).count === 0);
    }
    const [rounded, absurd, inPart] = await rows();
    expect(rounded).toMatchObject({
      prompt_tokens: 11,
      completion_tokens: 2,
      cached_tokens: 2,
      estimated: 0,
    });
    expect(absurd).toMatchObject({ estimated: 1, cached_tokens: null });
    expect(absurd!.prompt_tokens).toBeLessThan(50);
    expect(inPart).toMatchObject({ prompt_tokens: 5, completion_tokens: 1, cached_tokens: null });
  });

  it('counts a fallback for the model that was asked, at the price of the one that served', async () => {
    upstream.handle(({ res, path: asked }) =>
      asked.startsWith('/spare') ? sendJson(res, completion()) : sendJson(res, { error: 'down' }, 503),
    );
    expect((await gateway.chat(ASK)).status).toBe(200);
    expect(await rows()).toMatchObject([
      {
        model: 'chat',
        served_model: 'spare',
        attempts: 3,
        prompt_tokens: 3,
        completion_tokens: 5,
        cost_nano: 8000,
      },
    ]);
  });

  it('has a row for what failed and for what was refused, but none for a request without a key', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: 'down' }, 503));
    expect((await gateway.chat({ ...ASK, model: 'unpriced' })).status).toBe(500);
    expect((await gateway.chat({ ...ASK, model: 'none' })).status).toBe(404);
    expect((await gateway.chat({ model: 'chat' })).status).toBe(400);
    expect((await gateway.chat(ASK, { key: 'wrong' })).status).toBe(401);
    await gateway.get('/v1/models');
    expect(await rows()).toMatchObject([
      {
        model: 'unpriced',
        status: 500,
        error: 'upstream_error',
        attempts: 2,
        prompt_tokens: null,
        cost_nano: 0,
      },
      { model: null, status: 404, error: 'model_not_found', attempts: 0, cost_nano: 0, served_model: null },
      { model: null, status: 400, error: 'missing_required_parameter', cost_nano: 0 },
    ]);
  });

  it('has the usage of a stream, and of one that broke off what was counted', async () => {
    upstream.handle(({ res, body }) => {
      beginStream(res);
      res.write(chunkEvent('hello'));
      if (body.toString().includes('cut')) {
        setTimeout(() => res.destroy(), 50);
        return;
      }
      res.write(chunkEvent('', 'stop'));
      res.end(`data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}\n\ndata: [DONE]\n\n`);
    });
    for (const content of ['go', 'cut']) {
      const stream = { ...ASK, stream: true, messages: [{ role: 'user', content }] };
      await (await gateway.chat(stream)).text().catch(() => undefined);
    }
    // What was cut is counted afterwards.
    await until(() => gateway.running.count === 0);
    await until(() => gateway.log().filter(({ message }) => message === 'request').length === 2);
    const [whole, cut] = await rows();
    expect(whole).toMatchObject({
      stream: 1,
      status: 200,
      error: null,
      prompt_tokens: 7,
      completion_tokens: 2,
    });
    expect(whole!.first_token_ms).toBeGreaterThan(0);
    expect(whole!.cost_nano).toBe(34_000);
    expect(cut).toMatchObject({ stream: 1, status: 200, error: 'upstream_stream_interrupted' });
    // Either counted by the gateway, or marked as not counted; never 0.
    expect(cut!.uncounted === 1 || Number(cut!.completion_tokens) > 0).toBe(true);
  });

  it('waits for the end of a call whose client has left, where the call goes on without it', async () => {
    let finish!: () => void;
    upstream.handle(({ res }) => (finish = () => sendJson(res, completion())));
    const leaving = new AbortController();
    const call = gateway
      .chat({ ...ASK, model: 'unpriced' }, { signal: leaving.signal })
      .catch(() => undefined);
    await until(() => upstream.calls.length === 1);
    leaving.abort();
    await call;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await rows()).toEqual([]);
    finish();
    await until(() => gateway.running.count === 0);
    expect(await rows()).toMatchObject([
      { status: 499, prompt_tokens: 3, completion_tokens: 5, cost_nano: null },
    ]);
  });

  it('has what a test of a model used, under the key that asked for it', async () => {
    const test = await fetch(`${gateway.url}/v1/models/chat/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(await test.json()).toMatchObject({ status: 'available' });
    expect(await rows()).toMatchObject([{ key: 'bot', model: 'chat', dialect: null, prompt_tokens: 3 }]);
  });

  it('writes by itself within the flush interval, and the rest at the end of the process', async () => {
    await gateway.chat(ASK);
    await until(() => existsSync(path));
    const written = async () => (await storedCalls(path).catch(() => [])).length;
    const endAt = Date.now() + 10_000;
    while ((await written()) === 0 && Date.now() < endAt)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await written()).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => gateway.chat(ASK)));
    await gateway.close();
    expect(await written()).toBe(21);
  });
});

describe('GET /v1/usage', () => {
  it.each(['a store', 'memory'])('sums up by key, team, model and day, from %s', async (kind) => {
    gateway = await startGateway(configOf(kind === 'memory' ? undefined : { store: `file:${path}` }));
    await gateway.chat(ASK);
    await gateway.chat(ASK, { key: OTHER });
    await gateway.chat({ ...ASK, model: 'unpriced' }, { key: OTHER });
    await gateway.chat({ ...ASK, model: 'none' });
    const one = {
      prompt_tokens: 3,
      completion_tokens: 5,
      cached_tokens: 0,
      reasoning_tokens: 0,
      cache_write_tokens: 0,
    };
    const none = { estimated_requests: 0, uncounted_requests: 0, unpriced_requests: 0 };
    expect(await usageOf()).toEqual([
      {
        ...none,
        requests: 4,
        errors: 1,
        ...one,
        prompt_tokens: 9,
        completion_tokens: 15,
        unpriced_requests: 1,
        cost_usd: 0.000112,
      },
    ]);
    expect(await usageOf('?group_by=key,model,team')).toEqual([
      {
        key: 'bot',
        team: 'search',
        model: null,
        requests: 1,
        errors: 1,
        ...one,
        prompt_tokens: 0,
        completion_tokens: 0,
        ...none,
        cost_usd: 0,
      },
      {
        key: 'bot',
        team: 'search',
        model: 'chat',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        cost_usd: 0.000056,
      },
      {
        key: 'other',
        team: null,
        model: 'chat',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        cost_usd: 0.000056,
      },
      {
        key: 'other',
        team: null,
        model: 'unpriced',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        unpriced_requests: 1,
        cost_usd: null,
      },
    ]);
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    expect(await usageOf(`?from=${today}&to=${today}&group_by=day`)).toMatchObject([
      { day: today, requests: 4 },
    ]);
    expect(await usageOf(`?group_by=error&group_by=operation`)).toMatchObject([
      { operation: 'chat', error: null, requests: 3 },
      { operation: 'chat', error: 'model_not_found', requests: 1 },
    ]);
    expect(await usageOf('?to=2020-01-01&from=2019-12-01')).toMatchObject([{ requests: 0, cost_usd: 0 }]);
    expect(await usageOf('?to=2020-01-01&from=2019-12-01&group_by=key')).toEqual([]);
  });

  it('shows a key its own figures only, and all of them to an admin', async () => {
    gateway = await startGateway(configOf(undefined));
    await gateway.chat(ASK);
    await gateway.chat(ASK, { key: OTHER });
    expect(await usageOf('?group_by=key', TEST_KEY)).toMatchObject([{ key: 'bot', requests: 1 }]);
    expect(await usageOf('', OTHER)).toMatchObject([{ requests: 1 }]);
    expect(await usageOf('?group_by=key')).toMatchObject([{ key: 'bot' }, { key: 'other' }]);
  });

  it('shows nobody the figures of others where no key says who is an admin', async () => {
    const keys = [TEST_KEY, OTHER].map((key, at) => ({ name: `key-${at}`, key }));
    gateway = await startGateway(configOf(undefined, { auth: { api_keys: keys } }));
    await gateway.chat(ASK);
    await gateway.chat(ASK, { key: OTHER });
    expect(await usageOf('?group_by=key', TEST_KEY)).toMatchObject([{ key: 'key-0', requests: 1 }]);
  });

  it.each([
    ['from', '?from=yesterday'],
    ['from', '?from='],
    ['from', '?from=2026-02-30'],
    ['from', '?from=2026-01-01&from=2026-01-02'],
    ['to', '?to=2026-11-01T25:00:00Z'],
    ['to', '?from=2026-11-02&to=2026-11-01'],
    ['group_by', '?group_by=key,colour'],
    ['groupby', '?groupby=key'],
    ['from', '?from=1970-01-01&group_by=day'],
  ])('names %s in %s', async (param, query) => {
    gateway = await startGateway(configOf(undefined));
    const response = await gateway.get(`/v1/usage${query}`, { key: ADMIN });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: {
          type: 'invalid_request_error',
          code: 'invalid_value',
          param,
          message: expect.any(String) as string,
        },
      },
    ]);
  });

  it('takes a time with an offset, also where the plus became a space', async () => {
    gateway = await startGateway(configOf(undefined));
    await gateway.chat(ASK);
    for (const query of [
      '?from=2026-01-01T00:00:00%2B08:00',
      '?from=2026-01-01T00:00:00+08:00',
      '?to=2020-01-01T00:00:00Z',
    ])
      expect((await gateway.get(`/v1/usage${query}`, { key: ADMIN })).status).toBe(
        query.includes('2020') ? 400 : 200,
      );
  });

  it('keeps usage in memory, and says so, where the file cannot be opened', async () => {
    writeFileSync(join(folder, 'file'), '');
    gateway = await startGateway(configOf({ store: `file:${join(folder, 'file', 'usage.db')}` }));
    await gateway.chat(ASK);
    expect(await usageOf()).toMatchObject([{ requests: 1 }]);
    expect(gateway.log()).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'the file for usage cannot be opened, usage is kept in memory only, until this process ends',
      }),
    );
  });
});
