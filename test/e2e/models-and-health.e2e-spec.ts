import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const ODD_NAMES = ['org/model/v1', '带空格 的 模型', 'a%2Fb', 'x/test', '100%', "it's+me&you?"];

let sandbox: Sandbox;
let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  upstream = await startUpstream(({ res }) => sendJson(res, completion('pong')));
  gateway = await startGateway({
    auth: {
      api_keys: [
        'sk-test-caller-key-0001',
        { name: 'team-a', key: 'sk-team-a-key', models: ['org/*', '*模型', 'off'] },
        { name: 'exact', key: 'sk-exact-key-1', models: ['plain'] },
      ],
    },
    models: {
      openai: [
        { name: 'plain', base_url: upstream.url, max_tokens: 99 },
        ...ODD_NAMES.map((name) => ({ name, base_url: upstream.url })),
        { name: 'off', base_url: upstream.url, enabled: false },
        { name: 'broken', base_url: `${sandbox.url}/v1`, api_key: 'wrong-upstream-key' },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
  await upstream.close();
});

const idsFor = async (key: string) =>
  ((await (await gateway.get('/v1/models', { key })).json()) as { data: { id: string }[] }).data.map(
    (model) => model.id,
  );

function test(name: string, body?: unknown): Promise<Response> {
  return fetch(`${gateway.url}/v1/models/${name}/test`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sk-test-caller-key-0001',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

describe('the list of models', () => {
  it('holds enabled models in the order of the file, each as OpenAI has it, the same on every call', async () => {
    const first = await (await gateway.get('/v1/models')).json();
    expect(first).toMatchObject({ object: 'list' });
    const { data } = first as { data: Record<string, unknown>[] };
    expect(data.map((model) => model['id'])).toEqual(['plain', ...ODD_NAMES, 'broken']);
    expect(data[0]).toEqual({
      id: 'plain',
      object: 'model',
      created: expect.any(Number) as number,
      owned_by: 'llm-gateway',
      type: 'openai',
      speaks: expect.arrayContaining(['openai-chat']) as string[],
      max_tokens: 99,
    });
    expect(Number.isInteger(data[0]!['created'])).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await (await gateway.get('/v1/models')).json()).toEqual(first);
  });

  it('shows a restricted key its own models only', async () => {
    expect(await idsFor('sk-team-a-key')).toEqual(['org/model/v1', '带空格 的 模型']);
    expect(await idsFor('sk-exact-key-1')).toEqual(['plain']);
    const hidden = await gateway.get('/v1/models/plain', { key: 'sk-team-a-key' });
    expect(hidden.status).toBe(403);
  });
});

describe('one model', () => {
  it.each(ODD_NAMES)('is found percent-encoded: %s', async (name) => {
    const response = await gateway.get(`/v1/models/${encodeURIComponent(name)}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: name, object: 'model' });
  });

  it('is found with raw slashes too', async () => {
    expect(await (await gateway.get('/v1/models/org/model/v1')).json()).toMatchObject({ id: 'org/model/v1' });
    expect(await (await gateway.get('/v1/models/x/test')).json()).toMatchObject({ id: 'x/test' });
  });

  it('is a 404 when unknown or disabled', async () => {
    for (const name of ['nope', 'off', '__proto__']) {
      const response = await gateway.get(`/v1/models/${name}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'model_not_found' } });
    }
  });
});

describe('the test of a model', () => {
  it('reports that it is available, with its reply and the time in seconds', async () => {
    const response = await test('plain', { test_message: '在吗' });
    expect(response.status).toBe(200);
    const result = (await response.json()) as Record<string, unknown>;
    expect(result).toEqual({
      model: 'plain',
      status: 'available',
      response_time: expect.any(Number) as number,
      test_message: '在吗',
      response: 'pong',
    });
    expect(result['response_time']).toBeLessThan(5);
    expect(JSON.parse(upstream.calls.at(-1)!.body.toString())).toMatchObject({
      messages: [{ role: 'user', content: '在吗' }],
    });
  });

  it.each([undefined, {}, { test_message: null }])('has a default message: %j', async (body) => {
    expect(await (await test('plain', body)).json()).toMatchObject({
      status: 'available',
      test_message: '你好',
    });
  });

  it('reports that it is unavailable, and why, under HTTP 200', async () => {
    const response = await test('broken');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      model: 'broken',
      status: 'unavailable',
      error: { code: 'upstream_auth_failed', type: 'upstream_error', param: null },
    });
  });

  it('takes names with slashes, raw and encoded', async () => {
    for (const path of ['org/model/v1', 'org%2Fmodel%2Fv1', 'x/test', 'x%2Ftest']) {
      expect((await test(path)).status).toBe(200);
    }
    expect(await (await test('x/test')).json()).toMatchObject({ model: 'x/test' });
  });

  it('knows no unknown or disabled model', async () => {
    for (const name of ['nope', 'off']) expect((await test(name)).status).toBe(404);
  });

  it.each([
    [{ base_url: 'http://evil.example' }, 'base_url', 'invalid_value'],
    [{ api_key: 'x' }, 'api_key', 'invalid_value'],
    [{ test_message: 5 }, 'test_message', 'invalid_type'],
  ])('accepts no address and no credential: %j', async (body, param, code) => {
    const before = upstream.calls.length;
    const response = await test('plain', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code } });
    expect(upstream.calls).toHaveLength(before);
  });
});

describe('health', () => {
  it('of the process is open, cheap, and independent of upstreams', async () => {
    const response = await gateway.get('/v1/health', { key: null });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      uptime_seconds: expect.any(Number) as number,
      models: { configured: ODD_NAMES.length + 3, enabled: ODD_NAMES.length + 2 },
      config: { generation: 1, age_seconds: expect.any(Number) as number },
    });
    expect((await gateway.get('/v1/health/ready', { key: null })).status).toBe(200);
  });

  it('of the models needs a key and reports the last results', async () => {
    expect((await gateway.get('/v1/health/models', { key: null })).status).toBe(401);
    await test('plain');
    await test('broken');
    const { data } = (await (await gateway.get('/v1/health/models')).json()) as {
      data: Record<string, unknown>[];
    };
    const of = (model: string) => data.find((item) => item['model'] === model);
    expect(of('plain')).toMatchObject({
      status: 'available',
      last_success_at: expect.stringMatching(/^\d{4}-/) as string,
      last_error: null,
    });
    expect(of('broken')).toMatchObject({
      status: 'unavailable',
      last_error: 'upstream_auth_failed',
      last_success_at: null,
    });
    expect(of('100%')).toMatchObject({ status: 'unknown' });
    expect(of('off')).toBeUndefined();
  });

  it('of a model has a state, since when, why, and what its calls were like', async () => {
    await test('plain');
    await test('broken');
    const body = (await (await gateway.get('/v1/health/models')).json()) as {
      gateway: unknown;
      data: Record<string, unknown>[];
    };
    expect(body.gateway).toEqual({
      status: 'ready',
      version: expect.any(String) as string,
      uptime_seconds: expect.any(Number) as number,
    });
    const of = (model: string) => body.data.find((item) => item['model'] === model)!;
    expect(of('plain')).toMatchObject({ state: 'ok', reason: null });
    expect(of('plain')['last_5_minutes']).toMatchObject({
      errors: 0,
      success_rate: 1,
      p50_seconds: expect.any(Number) as number,
      first_token_p50_seconds: null,
    });
    expect(of('broken')).toMatchObject({
      state: 'credentials_refused',
      reason: 'upstream_auth_failed',
      last_60_minutes: { success_rate: 0, p50_seconds: null },
    });
    expect(of('100%')).toMatchObject({
      state: 'never_seen',
      since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      last_60_minutes: { requests: 0, success_rate: null },
    });
  });

  it('has an hour of history, and the changes of state, of the models that a key may use', async () => {
    await test('org/model/v1');
    await test('broken');
    const historyFor = async (key?: string) =>
      (await (await gateway.get('/v1/health/history', { key })).json()) as {
        data: { model: string; requests: number[]; errors: number[]; p50_seconds: unknown[] }[];
        changes: { model: string; from: string; to: string; reason: unknown }[];
      };
    expect((await gateway.get('/v1/health/history', { key: null })).status).toBe(401);
    const { data, changes } = await historyFor();
    const broken = data.find(({ model }) => model === 'broken')!;
    expect([broken.requests.length, broken.errors.length, broken.p50_seconds.length]).toEqual([60, 60, 60]);
    expect(broken.errors.slice(-2).some((count) => count > 0)).toBe(true);
    expect(changes.find(({ model }) => model === 'broken')).toMatchObject({
      from: 'never_seen',
      to: 'credentials_refused',
      reason: 'upstream_auth_failed',
    });
    const theirs = await historyFor('sk-team-a-key');
    expect(theirs.data.map(({ model }) => model)).toEqual(['org/model/v1', '带空格 的 模型']);
    expect(new Set(theirs.changes.map(({ model }) => model))).toEqual(new Set(['org/model/v1']));
  });

  it('has a root that identifies the gateway', async () => {
    expect(await (await gateway.get('/', { key: null })).json()).toEqual({
      name: 'llm-gateway',
      version: expect.any(String) as string,
      docs: '/docs',
      ui: '/ui',
      health: '/v1/health',
      needs_api_key: true,
    });
  });
});
