import { errorOf } from '../support/error-answer.js';
import { exchangeRaw } from '../support/exchange-raw.js';
import { type TestGateway, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;
const OTHER_KEY = 'sk-test-other-key-0002';

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
  gateway = await startGateway({
    auth: {
      api_keys: [
        TEST_KEY,
        { name: 'other', key: OTHER_KEY },
        { name: 'narrow', key: 'sk-narrow-key-0001', models: ['m'] },
      ],
    },
    server: { cors_origins: ['https://app.example'] },
    metrics: { enabled: true, public: true },
    models: {
      openai: [
        { name: 'm', base_url: upstream.url },
        { name: 'org/m', base_url: upstream.url },
        { name: 'hidden', base_url: upstream.url },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** `fetch` would tidy the path. */
const send = (method: string, path: string) =>
  exchangeRaw(
    gateway.url,
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${TEST_KEY}\r\n\r\n`,
  );
const messageOf = ({ body }: { body: string }): string =>
  (JSON.parse(body) as { error: { message: string } }).error.message;

describe('a route', () => {
  it.each([
    '/metrics/',
    '/METRICS',
    '/Metrics',
    '//metrics',
    '/%6detrics',
    '/./metrics',
    '/v1/../metrics',
    '/metrics//',
    '/metrics/.',
    '/metrics%2f',
    '/v1/health/',
    '/V1/health',
    '/v1/Health',
    '//v1/health',
    '/v1//health',
    '/v1/health/ready/',
    '/docs-json/',
    '/DOCS',
    '/Docs/swagger-ui.css',
    '/UI',
    '/v1/models/',
    '/v1/Models',
  ])('has one spelling: %s is none', async (path) => {
    const response = await send('GET', path);
    expect([path, response.status, JSON.parse(response.body)]).toEqual([
      path,
      404,
      { error: expect.objectContaining({ code: 'not_found' }) as unknown },
    ]);
    if (!path.endsWith('.css')) expect(messageOf(response)).toMatch(/Did you mean GET \/[a-z]/);
  });

  it.each([
    '/metrics',
    '/v1/health',
    '/v1/health/ready',
    '/docs',
    '/docs/',
    '/docs-json',
    '/ui',
    '/v1/models',
    '/v1/models/m',
    '/v1/models/org/m',
    '/v1/models/org%2Fm',
    '/',
  ])('is served: %s', async (path) => expect((await send('GET', path)).status).toBe(200));

  it.each([
    ['/completions', '/v1/completions'],
    ['/api/v1/completions', '/v1/completions'],
    ['/embeddings', '/v1/embeddings'],
    ['/openai/v1/audio/speech', '/v1/audio/speech'],
    ['/v1/chat/completions/responses', '/v1/responses'],
    ['/v1/chat/completions/embeddings', '/v1/embeddings'],
    ['/v1/responses/chat/completions', '/v1/chat/completions'],
    ['/v1/responses/v1/messages', '/v1/messages'],
  ])('that was meant is named: POST %s', async (path, meant) => {
    const response = await send('POST', path);
    expect(response.status).toBe(404);
    expect(messageOf(response)).toContain(`Did you mean POST ${meant}?`);
  });

  it.each([
    ['POST', '/chat/completions'],
    ['POST', '/v1/v1/chat/completions'],
    ['POST', '//v1/chat/completions'],
    ['POST', '/v1/chat/completions/'],
    ['POST', '/V1/chat/completions'],
    ['POST', '/openai/deployments/gpt-4/chat/completions?api-version=2024-10-21'],
    ['POST', '/openai/v1/chat/completions'],
    ['POST', '/api/v1/chat/completions'],
    ['POST', '/v1/chat/completion'],
    ['POST', '/v1/chat'],
    ['POST', '/v1/chat/completion/'],
    ['POST', '/api/chat'],
    ['POST', '/api/generate'],
    ['POST', '/v1'],
    ['POST', '/v1/'],
    ['POST', '/'],
    ['POST', '/v1/chat/completions/chat/completions'],
    ['GET', '/chat/completions'],
  ])('that was meant is named: %s %s', async (method, path) => {
    const response = await send(method, path);
    expect(response.status).toBe(path === '/' ? 405 : 404);
    expect(messageOf(response)).toContain('Did you mean POST /v1/chat/completions?');
  });

  it.each([
    ['/models', 'GET /v1/models'],
    ['/v1/v1/models', 'GET /v1/models'],
    ['/api/tags', 'GET /v1/models'],
    ['/openai/models', 'GET /v1/models'],
    ['/healthz', 'GET /v1/health'],
    ['/health', 'GET /v1/health'],
    ['/ready', 'GET /v1/health/ready'],
    ['/v1/readyz', 'GET /v1/health/ready'],
  ])('that was meant is named: GET %s', async (path, meant) => {
    expect(messageOf(await send('GET', path))).toContain(`Did you mean ${meant}?`);
  });

  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['GET', '/v1/responses', 'POST'],
    ['PUT', '/v1/messages', 'POST'],
    ['GET', '/v1/completions', 'POST'],
    ['PATCH', '/v1/models', 'GET, HEAD'],
    ['DELETE', '/v1/models', 'GET, HEAD'],
    ['POST', '/v1/health', 'GET, HEAD'],
  ])('that exists was meant itself: %s %s', async (method, path, allowed) => {
    const response = await send(method, path);
    expect([response.status, response.headers['allow']]).toEqual([405, allowed]);
    expect(messageOf(response)).toContain(`Allowed: ${allowed}.`);
    expect(messageOf(response)).not.toContain('Did you mean');
  });

  it('that nobody can guess is not guessed', async () => {
    for (const path of ['/v1/embeddings', '/favicon.ico', '/x'.repeat(3000)])
      expect(messageOf(await send('GET', path))).not.toContain('Did you mean');
  });
});

describe('routes that a gateway without storage lacks', () => {
  it.each([
    ['GET', '/v1/responses/resp_1', 'keeps no responses'],
    ['DELETE', '/v1/responses/resp_1', 'keeps no responses'],
    ['POST', '/v1/responses/resp_1/cancel', 'keeps no responses'],
    ['GET', '/v1/responses/resp_1/input_items', 'keeps no responses'],
    ['POST', '/v1/responses/input_tokens', 'POST /v1/messages/count_tokens'],
    ['POST', '/v1/responses/compact', 'does not compact'],
    ['GET', '/v1/chat/completions/chatcmpl-1', 'keeps no chat completions'],
    ['GET', '/v1/chat/completions/chatcmpl-1/messages', 'keeps no chat completions'],
    ['POST', '/v1/conversations', 'keeps no conversations'],
    ['GET', '/v1/conversations/conv_1/items', 'keeps no conversations'],
    ['POST', '/v1/assistants', 'keeps no assistants'],
    ['POST', '/v1/threads', 'keeps no assistants'],
    ['POST', '/v1/threads/thread_1/messages', 'keeps no assistants'],
    ['POST', '/openai/v1/threads/thread_1/runs', 'keeps no assistants'],
    ['GET', '/v1/files', 'keeps no files'],
    ['POST', '/v1/files', 'keeps no files'],
    ['GET', '/v1/files/file-1/content', 'keeps no files'],
    ['POST', '/v1/uploads', 'keeps no files'],
    ['POST', '/v1/batches', 'keeps no batches'],
    ['POST', '/v1/batches/', 'keeps no batches'],
    ['POST', '/batches', 'keeps no batches'],
    ['POST', '/v1/fine_tuning/jobs', 'trains no models'],
    ['GET', '/v1/vector_stores/vs_1/files', 'POST /v1/embeddings'],
    ['GET', '/v1/realtime?model=m', 'no realtime sessions'],
    ['POST', '/v1/realtime/client_secrets', 'no realtime sessions'],
    ['POST', '/v1/images/variations', 'POST /v1/images/edits'],
    ['POST', '/v1/evals', 'keeps no evaluations'],
    ['POST', '/v1/containers', 'runs no code'],
    ['GET', '/v1/organization/usage/completions', 'manages no organizations'],
  ])('is 404 that says what to use: %s %s', async (method, path, words) => {
    const response = await send(method, path);
    expect(response.status).toBe(404);
    expect(JSON.parse(response.body)).toEqual({
      error: {
        message: expect.stringContaining(words) as string,
        type: 'invalid_request_error',
        param: null,
        code: 'not_found',
      },
    });
    expect(messageOf(response)).not.toContain('Did you mean');
  });

  it.each([
    ['POST', '/v1/messages/batches', {}],
    ['GET', '/v1/messages/batches/msgbatch_1', {}],
    ['GET', '/v1/files', { 'anthropic-version': '2023-06-01' }],
  ])('is told in the format of the client: %s %s', async (method, path, headers) => {
    const response = await fetch(gateway.url + path, { method, headers });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      type: 'error',
      error: {
        type: 'not_found_error',
        message: expect.stringMatching(/keeps no (?:batches|files)/) as string,
        details: { error_code: 'not_found' },
      },
      request_id: response.headers.get('x-request-id'),
    });
    expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'));
  });

  it('is a response to continue: refused by the code of OpenAI', async () => {
    const body = JSON.stringify({ model: 'm', input: 'go on', previous_response_id: 'resp_1' });
    const headers = { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
    expect(response.headers.get('link')).toContain('/errors/previous_response_not_found');
  });

  it('is explained to clients that want a WebSocket, too', async () => {
    const head = `GET /v1/realtime?model=m HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
    const response = await exchangeRaw(gateway.url, head);
    expect(response.status).toBe(404);
    expect(messageOf(response)).toContain('no realtime sessions');
  });
});

it.each(['/v1/nothing', '/favicon.ico', `/${'x'.repeat(3000)}`])(
  'says what the gateway serves where nothing resembles a path: %s',
  async (path) => {
    const response = await send('GET', path);
    expect(response.status).toBe(404);
    const message = messageOf(response);
    for (const route of ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/embeddings'])
      expect(message).toContain(route);
    expect(message.length).toBeLessThan(700);
  },
);

describe('what a client wrote', () => {
  const long = '好'.repeat(100_000);
  it.each<[string, () => Promise<Response>]>([
    ['a model of 300 kB', () => gateway.chat({ model: long, messages: [{ role: 'user' }] })],
    ['a field of a test', () => test({ [long]: 1 })],
    ['a path', () => gateway.get(`/${'x'.repeat(9000)}`)],
    ['a path to a model', () => gateway.get(`/v1/models/${'x'.repeat(9000)}`)],
    [
      'a path and a wrong method',
      () => fetch(`${gateway.url}/v1/models/${'x'.repeat(9000)}`, { method: 'PUT' }),
    ],
    [
      'a model that the key may not use',
      () =>
        gateway.chat(
          { model: 'y'.repeat(9000), messages: [{ role: 'user' }] },
          { key: 'sk-narrow-key-0001' },
        ),
    ],
  ])('is not repeated whole: %s', async (_what, call) => {
    const text = await (await call()).text();
    expect(text.length).toBeLessThan(800);
    expect(JSON.parse(text)).toHaveProperty('error.code');
  });

  const test = (body: unknown): Promise<Response> =>
    fetch(`${gateway.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
});

describe('headers', () => {
  it('of responses are readable for scripts of other origins', async () => {
    upstream.handle(({ res }) => {
      res.setHeader('x-ratelimit-remaining-tokens', '5');
      res.setHeader('openai-processing-ms', '7');
      sendJson(res, completion());
    });
    const response = await gateway.chat(
      { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      { headers: { origin: 'https://app.example' } },
    );
    const exposed = response.headers.get('access-control-expose-headers')!.split(/,\s*/);
    for (const name of [
      'x-request-id',
      'retry-after',
      'retry-after-ms',
      'x-ratelimit-remaining-tokens',
      'x-ratelimit-limit-requests',
      'x-ratelimit-reset-tokens',
      'openai-processing-ms',
      'x-should-retry',
      'anthropic-ratelimit-requests-remaining',
      'anthropic-ratelimit-input-tokens-reset',
      'anthropic-organization-id',
      'content-disposition',
    ])
      expect(exposed).toContain(name);
    expect(exposed).not.toContain('*');
  });

  it('with an idempotency key are its own for each client, and the same for one client each time', async () => {
    upstream.calls.length = 0;
    for (const key of [TEST_KEY, OTHER_KEY, TEST_KEY])
      await gateway.chat(
        { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
        { key, headers: { 'idempotency-key': 'idem-1' } },
      );
    const [first, second, third] = upstream.calls.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toMatch(/^[0-9a-f]{64}$/);
    expect(second).not.toBe(first);
    expect(third).toBe(first);
  });

  it.each([
    '/docs',
    '/docs/',
    '/docs/swagger-ui-bundle.js',
    '/docs/swagger-ui-init.js',
    '/docs/nothing',
    '/docs-json',
    '/ui',
  ])('keep a page to its own server, and out of frames: %s', async (path) => {
    const { headers } = await send('GET', path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';.* frame-ancestors 'none'/,
    );
  });
});

it('tells a restricted key a model that it may not use from one that does not exist, as the contract says', async () => {
  const ask = (model: string) =>
    gateway.chat({ model, messages: [{ role: 'user' }] }, { key: 'sk-narrow-key-0001' });
  expect((await errorOf(await ask('hidden'))).code).toBe('model_not_allowed');
  expect((await errorOf(await ask('no-such-model'))).code).toBe('model_not_found');
});
