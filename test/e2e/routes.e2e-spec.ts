import { errorOf } from '../support/error-answer.js';
import { exchangeRaw } from '../support/exchange-raw.js';
import { TEST_KEY } from '../support/start-gateway.js';
import { gateway, send, messageOf, openRoutes } from '../support/routes-rig.js';

openRoutes();

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
  ])('has one spelling, which %s is not', async (path) => {
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
  ])('is suggested if a path is similar: POST %s', async (path, meant) => {
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
  ])('is suggested if a path is similar: %s %s', async (method, path) => {
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
  ])('is suggested if a path is similar: GET %s', async (path, meant) => {
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
  ])('answers another method with 405, without a suggestion: %s %s', async (method, path, allowed) => {
    const response = await send(method, path);
    expect([response.status, response.headers['allow']]).toEqual([405, allowed]);
    expect(messageOf(response)).toContain(`Allowed: ${allowed}.`);
    expect(messageOf(response)).not.toContain('Did you mean');
  });

  it('is not suggested for a path that resembles none', async () => {
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
  ])('are 404 with advice on what to use: %s %s', async (method, path, words) => {
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
  ])('are refused in the format of the client: %s %s', async (method, path, headers) => {
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

  it('include the continuation of a response, refused with the code of OpenAI', async () => {
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

  it('are explained to clients that ask for a WebSocket, too', async () => {
    const head = `GET /v1/realtime?model=m HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
    const response = await exchangeRaw(gateway.url, head);
    expect(response.status).toBe(404);
    expect(messageOf(response)).toContain('no realtime sessions');
  });
});

it.each(['/v1/nothing', '/favicon.ico', `/${'x'.repeat(3000)}`])(
  'lists what the gateway serves if no route is similar to a path: %s',
  async (path) => {
    const response = await send('GET', path);
    expect(response.status).toBe(404);
    const message = messageOf(response);
    for (const route of ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/embeddings'])
      expect(message).toContain(route);
    expect(message.length).toBeLessThan(700);
  },
);
