import { once } from 'node:events';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { runCli, ConfigFolder } from '../support/cli-process.js';
import { SINGLE_ATTEMPTS, TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';

jest.setTimeout(180_000);

let sandbox: Sandbox;
let gateway: TestGateway;
let upstream: TestUpstream;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0, models: ['gpt-4', 'draws'] });
  upstream = await startUpstream();
});
afterEach(async () => {
  sandbox.clearFaults();
  await gateway.close();
});
afterAll(async () => {
  await sandbox.close();
  await upstream.close();
});

const modelsOn = (base_url: string, api_key = 'sandbox-key') => ({
  openai: [
    { name: 'completes', speaks: ['openai-completions'], base_url, api_key },
    { name: 'embeds', speaks: ['openai-embeddings'], base_url, api_key },
    { name: 'ranks', speaks: ['rerank'], base_url, api_key },
    { name: 'judges', speaks: ['openai-moderations'], base_url, api_key },
    { name: 'speaks', speaks: ['openai-audio'], base_url, api_key },
    { name: 'draws', speaks: ['openai-images'], base_url, api_key },
    { name: 'paints', speaks: ['openai-images'], base_url, api_key },
    { name: 'does-all', base_url, api_key },
  ],
  anthropic: [{ name: 'messages', base_url: base_url.replace('/v1', ''), api_key }],
});

const start = async (base_url: string, api_key?: string, more: object = {}): Promise<void> => {
  gateway = await startGateway({ ...SINGLE_ATTEMPTS, ...more, models: modelsOn(base_url, api_key) });
};

async function test(model: string, body: unknown = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway.url}/v1/models/${model}/test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('the test of a model', () => {
  it.each([
    ['completes', 'text_completion', /^你好/],
    ['embeds', 'embeddings', /^1 vector of 256 numbers$/],
    ['ranks', 'rerank', /^1 document, relevance 0\.99$/],
    ['judges', 'moderation', /^not flagged$/],
    ['speaks', 'speech', /^\d+ bytes of audio\/mpeg$/],
    ['draws', 'image_generation', /^not called: its service lists 'draws'$/],
    ['paints', 'image_generation', /^not called: its service does not list 'paints'$/],
    ['does-all', undefined, /^你好/],
    ['messages', undefined, /^你好/],
  ])('is the smallest call of its operation: %s', async (model, operation, response) => {
    await start(`${sandbox.url}/v1`);
    const before = sandbox.requests.length;
    const result = await test(model);
    expect(result).toEqual({
      model,
      status: 'available',
      response_time: expect.any(Number) as number,
      test_message: '你好',
      ...(operation !== undefined && { operation }),
      response: expect.stringMatching(response) as string,
    });
    const sent = sandbox.requests.slice(before);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.method).toBe(operation === 'image_generation' ? 'GET' : 'POST');
  });

  it('sends the given message', async () => {
    await start(`${sandbox.url}/v1`);
    expect(await test('judges', { test_message: 'I will kill you' })).toMatchObject({ response: 'flagged' });
    await test('embeds', { test_message: 'bread' });
    expect(sandbox.requests.at(-1)!.body.toString()).toContain('"input":"bread"');
  });

  it.each(['completes', 'embeds', 'ranks', 'judges', 'speaks', 'draws'])(
    'fails as calls do, and shows on the board: %s',
    async (model) => {
      await start(`${sandbox.url}/v1`, 'sk-wrong-key');
      expect(await test(model)).toMatchObject({
        status: 'unavailable',
        operation: expect.any(String) as string,
        error: { type: 'upstream_error', code: 'upstream_auth_failed' },
      });
      const health = (await (await gateway.get('/v1/health/models')).json()) as {
        data: { model: string; state: string }[];
      };
      expect(health.data.find((each) => each.model === model)!.state).toBe('credentials_refused');
    },
  );

  it.each([
    ['embeds', { data: [] }, 'holds no embedding'],
    ['embeds', '<html>', 'page of markup'],
    ['speaks', { audio: 1 }, 'is JSON'],
  ])('does not count a malformed result as success: %s', async (model, reply, message) => {
    await start(upstream.url);
    upstream.handle(({ res }) => sendJson(res, reply));
    expect(await test(model)).toMatchObject({
      status: 'unavailable',
      error: { message: expect.stringContaining(message) as string, code: 'upstream_invalid_response' },
    });
  });

  it('reads a bare list of documents, and speech that is cut off for none', async () => {
    await start(upstream.url);
    upstream.handle(({ res }) => sendJson(res, [{ index: 0, score: 0.5 }]));
    expect(await test('ranks')).toMatchObject({ response: '1 document, relevance 0.5' });
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 1000 });
      res.write(Buffer.alloc(500), () => res.destroy());
    });
    expect(await test('speaks')).toMatchObject({ status: 'unavailable' });
  });

  it.each([404, 405])(
    'takes a service without a list of models (%d) for one that responds',
    async (status) => {
      await start(upstream.url);
      upstream.handle(({ res }) => sendJson(res, { detail: 'Not Found' }, status));
      expect(await test('draws')).toMatchObject({
        status: 'available',
        response: expect.stringContaining('its service responds, without a list of models') as string,
      });
      upstream.handle(({ res }) => sendJson(res, { detail: 'down' }, 503));
      expect(await test('draws')).toMatchObject({ status: 'unavailable' });
    },
  );

  it('goes to the next deployment if the first has no list', async () => {
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      models: {
        openai: [
          {
            name: 'draws',
            speaks: ['openai-images'],
            api_key: 'sandbox-key',
            deployments: [
              { name: 'away', base_url: 'http://127.0.0.1:9/v1' },
              { name: 'here', base_url: `${sandbox.url}/v1` },
            ],
          },
        ],
      },
    });
    expect(await test('draws')).toMatchObject({ status: 'available' });
  });

  const twoDeployments = (more: object = {}, second = `${sandbox.url}/v1`): Promise<TestGateway> =>
    startGateway({
      ...SINGLE_ATTEMPTS,
      models: {
        openai: [
          {
            name: 'chats',
            ...more,
            deployments: [
              { name: 'dead', base_url: upstream.url },
              { name: 'well', base_url: second, api_key: 'sandbox-key' },
            ],
          },
        ],
      },
    });

  it.each([{}, { limits: { max_concurrent: 1, max_queued: 0 } }, { strategy: 'least_busy' }])(
    'has the result of every deployment: %j',
    async (more) => {
      upstream.handle(({ res }) => sendJson(res, { error: { message: 'Out of order.' } }, 503));
      gateway = await twoDeployments(more);
      const before = sandbox.requests.length;
      expect(await test('chats')).toEqual({
        model: 'chats',
        status: 'available',
        response_time: expect.any(Number) as number,
        test_message: '你好',
        response: expect.stringMatching(/^你好/) as string,
        deployments: [
          {
            name: 'dead',
            status: 'unavailable',
            response_time: expect.any(Number) as number,
            error: expect.objectContaining({ code: 'upstream_error', message: 'Out of order.' }) as object,
          },
          {
            name: 'well',
            status: 'available',
            response_time: expect.any(Number) as number,
            response: expect.stringMatching(/^你好/) as string,
          },
        ],
      });
      expect(sandbox.requests.length - before).toBe(1);
      const line = gateway.log().findLast(({ message }) => message === 'request')!;
      expect(line).toMatchObject({ status: 200, attempts: 2, failed_attempts: [{ deployment: 'dead' }] });
      expect(line).not.toHaveProperty('error');
      // Calls go on at the other deployment: the model works.
      const health = (await (await gateway.get('/v1/health/models')).json()) as { data: { state: string }[] };
      expect(health.data[0]!.state).toBe('ok');
    },
  );

  it('is unavailable only if all deployments are', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'Out of order.' } }, 503));
    gateway = await twoDeployments({}, upstream.url);
    expect(await test('chats')).toMatchObject({
      status: 'unavailable',
      error: { message: 'Out of order.' },
      deployments: [{ status: 'unavailable' }, { status: 'unavailable' }],
    });
    const health = (await (await gateway.get('/v1/health/models')).json()) as { data: { state: string }[] };
    expect(health.data[0]!.state).toBe('failing');
  });

  it('ends all of its calls when the client disconnects', async () => {
    gateway = await twoDeployments({}, upstream.url);
    const closed: Promise<unknown>[] = [];
    const arrived = new Promise<void>((resolve) =>
      upstream.handle(({ res }) => {
        closed.push(once(res, 'close'));
        if (closed.length === 2) resolve();
      }),
    );
    const abort = new AbortController();
    const running = fetch(`${gateway.url}/v1/models/chats/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
      signal: abort.signal,
    }).catch(() => undefined);
    await arrived;
    abort.abort();
    await running;
    await Promise.all(closed);
    expect(closed).toHaveLength(2);
  });
});

it.each(['embeds', 'ranks', 'draws'])('a probe of the kind chat is the same call: %s', async (name) => {
  const probe = { kind: 'chat', interval_seconds: 1, timeout_seconds: 5 };
  const model = modelsOn(`${sandbox.url}/v1`).openai.find((each) => each.name === name)!;
  gateway = await startGateway({ models: { openai: [{ ...model, probe }] } });
  type Seen = { data: { state: string; probe?: { ok: boolean } }[] };
  let seen: Seen;
  do {
    seen = (await (await gateway.get('/v1/health/models')).json()) as Seen;
  } while (seen.data[0]!.probe === undefined);
  expect(seen.data[0]).toMatchObject({ state: 'ok', probe: { ok: true } });
});

it('--mode test shows the same table for models that do not chat', async () => {
  await start(`${sandbox.url}/v1`);
  const folder = new ConfigFolder().write({ models: modelsOn(`${sandbox.url}/v1`) });
  const { code, stdout } = await runCli(['--mode', 'test', '--config', folder.file]);
  folder.remove();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^embeds {5}available {5}\d\.\d{3} {2}1 vector of 256 numbers$/m);
  expect(stdout).toMatch(/^ranks {6}available {5}\d\.\d{3} {2}1 document, relevance 0\.99$/m);
  expect(stdout).toMatch(/^draws {6}available {5}\d\.\d{3} {2}not called: its service lists 'draws'$/m);
});
