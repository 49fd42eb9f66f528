import { connect } from 'node:net';
import { type TestGateway, TEST_KEY, startGateway, SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;
let precise: TestGateway;

const FULL = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

beforeAll(async () => {
  upstream = await startUpstream();
  const models = {
    openai: [
      { name: 'm', base_url: upstream.url, api_key: 'upstream-secret-key', timeouts: { total_seconds: 1 } },
      { name: 'off', base_url: upstream.url, enabled: false },
      { name: 'forbidden', base_url: upstream.url },
    ],
  };
  const auth = { api_keys: [TEST_KEY, { name: 'narrow', key: 'sk-narrow-key-1', models: ['m'] }] };
  gateway = await startGateway({ auth, models, ...SINGLE_ATTEMPTS, server: { body_limit: 2000 } });
  precise = await startGateway({ auth, models, ...SINGLE_ATTEMPTS, server: { precise_error_status: true } });
});
afterAll(async () => {
  await gateway.close();
  await precise.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.calls.length = 0;
  upstream.handle(({ res }) => sendJson(res, completion()));
});

interface ErrorAnswer {
  error: { message: string; type: string; param: string | null; code: string | null };
}

async function errorOf(response: Response): Promise<ErrorAnswer['error']> {
  const body = (await response.json()) as ErrorAnswer;
  expect(Object.keys(body)).toEqual(['error']);
  for (const key of ['message', 'type', 'param', 'code']) expect(body.error).toHaveProperty(key);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(response.headers.get('content-type')).toContain('application/json');
  return body.error;
}

describe('what the caller did wrong', () => {
  it.each<[string, unknown, string, string | null]>([
    ['malformed JSON', '{"model":', 'invalid_json', null],
    ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_json', null],
    ['an empty body', '', 'invalid_json', null],
    ['an array', '[]', 'invalid_type', null],
    ['no model', { messages: FULL.messages }, 'missing_required_parameter', 'model'],
    ['a model that is a number', { ...FULL, model: 1 }, 'invalid_type', 'model'],
    ['an empty model', { ...FULL, model: '' }, 'invalid_value', 'model'],
    ['no messages', { model: 'm' }, 'missing_required_parameter', 'messages'],
    ['messages that are text', { ...FULL, messages: 'hi' }, 'invalid_type', 'messages'],
    ['no message', { ...FULL, messages: [] }, 'invalid_value', 'messages'],
    ['a message that is text', { ...FULL, messages: ['hi'] }, 'invalid_type', 'messages[0]'],
    [
      'a message without role',
      { ...FULL, messages: [{ role: 'user', content: '' }, {}] },
      'missing_required_parameter',
      'messages[1].role',
    ],
    ['a role that is a number', { ...FULL, messages: [{ role: 1 }] }, 'invalid_type', 'messages[0].role'],
    ['a stream that is text', { ...FULL, stream: 'true' }, 'invalid_type', 'stream'],
    ['max_tokens as text', { ...FULL, max_tokens: '5' }, 'invalid_type', 'max_tokens'],
    ['max_tokens of 0', { ...FULL, max_tokens: 0 }, 'invalid_value', 'max_tokens'],
    ['max_tokens of 1.5', { ...FULL, max_tokens: 1.5 }, 'invalid_value', 'max_tokens'],
    [
      'negative max_completion_tokens',
      { ...FULL, max_completion_tokens: -1 },
      'invalid_value',
      'max_completion_tokens',
    ],
    [
      'two models',
      '{"model":"m","messages":[{"role":"user"}],"model":"forbidden"}',
      'invalid_value',
      'model',
    ],
    [
      'two models, one escaped',
      '{"model":"m","messages":[{"role":"user"}],"mod\\u0065l":"forbidden"}',
      'invalid_value',
      'model',
    ],
  ])('400: %s', async (_case, body, code, param) => {
    const response = await gateway.chat(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code, param });
    expect(upstream.calls).toHaveLength(0);
  });

  it('400: nulls where the contract allows them are fine', async () => {
    expect(
      (await gateway.chat({ ...FULL, stream: null, max_tokens: null, max_completion_tokens: null })).status,
    ).toBe(200);
  });

  it('401 with WWW-Authenticate: no key, a wrong key, another scheme', async () => {
    for (const options of [
      { key: null },
      { key: 'sk-wrong' },
      { key: null, headers: { authorization: 'Basic abc' } },
    ]) {
      const response = await gateway.chat(FULL, options);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await errorOf(response)).toMatchObject({
        type: 'invalid_request_error',
        code: 'invalid_api_key',
        param: null,
      });
    }
  });

  it('403: a key that may not use the model', async () => {
    const response = await gateway.chat({ ...FULL, model: 'forbidden' }, { key: 'sk-narrow-key-1' });
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({ code: 'model_not_allowed', param: 'model' });
  });

  it('404: unknown and disabled models, and unknown routes', async () => {
    for (const model of ['unknown', 'off', '__proto__', 'constructor']) {
      const response = await gateway.chat({ ...FULL, model });
      expect(response.status).toBe(404);
      expect(await errorOf(response)).toMatchObject({
        code: 'model_not_found',
        param: 'model',
        type: 'invalid_request_error',
      });
    }
    const response = await gateway.get('/v1/nothing', { key: null });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'not_found' });
  });

  it('405 with Allow, before the key is looked at', async () => {
    for (const [method, path, allow] of [
      ['GET', '/v1/chat/completions', 'POST'],
      ['DELETE', '/v1/models', 'GET, HEAD'],
      ['PUT', '/v1/models/a/b', 'GET, HEAD'],
      ['OPTIONS', '/v1/chat/completions', 'POST'],
      ['POST', '/v1/health', 'GET, HEAD'],
    ] as const) {
      const response = await fetch(gateway.url + path, { method });
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, allow]);
      expect(await errorOf(response)).toMatchObject({ code: 'method_not_allowed' });
    }
  });

  it('413 and 415', async () => {
    const large = await gateway.chat({ ...FULL, pad: 'x'.repeat(3000) });
    expect(large.status).toBe(413);
    expect(await errorOf(large)).toMatchObject({ code: 'request_too_large' });
    const refused: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      { 'content-type': 'application/json; charset=gbk' },
    ];
    for (const headers of refused) {
      const response = await gateway.chat(FULL, { headers });
      expect(response.status).toBe(415);
      expect(await errorOf(response)).toMatchObject({ code: 'unsupported_media_type' });
    }
  });

  it('is told in the order of the contract: path, method, key, type, length, JSON, fields, model, permission', async () => {
    const wrong = { 'content-type': 'text/plain' };
    const codes = [];
    codes.push(
      (await errorOf(await fetch(`${gateway.url}/v1/nope`, { method: 'POST', headers: wrong }))).code,
    );
    codes.push(
      (await errorOf(await fetch(`${gateway.url}/v1/chat/completions`, { method: 'PUT', headers: wrong })))
        .code,
    );
    codes.push((await errorOf(await gateway.chat('x'.repeat(3000), { key: 'no', headers: wrong }))).code);
    codes.push((await errorOf(await gateway.chat('x'.repeat(3000), { headers: wrong }))).code);
    codes.push((await errorOf(await gateway.chat('x'.repeat(3000)))).code);
    codes.push((await errorOf(await gateway.chat('x'))).code);
    codes.push((await errorOf(await gateway.chat({ model: 'unknown', messages: 1 }))).code);
    codes.push(
      (await errorOf(await gateway.chat({ ...FULL, model: 'unknown' }, { key: 'sk-narrow-key-1' }))).code,
    );
    codes.push(
      (await errorOf(await gateway.chat({ ...FULL, model: 'forbidden' }, { key: 'sk-narrow-key-1' }))).code,
    );
    expect(codes).toEqual([
      'not_found',
      'method_not_allowed',
      'invalid_api_key',
      'unsupported_media_type',
      'request_too_large',
      'invalid_json',
      'invalid_type',
      'model_not_found',
      'model_not_allowed',
    ]);
  });

  it('400: a path that cannot be decoded, and what is not HTTP at all', async () => {
    const response = await gateway.get('/v1/models/%zz');
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error' });
    const answer = await raw('NOT HTTP\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toHaveProperty('error.code');
  });
});

describe('an upload that is refused early', () => {
  it('is answered before the body was read, with 100-continue withheld', async () => {
    const answer = await raw(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).not.toContain('100 Continue');
  });

  it('gives the go-ahead to whoever shows a key', async () => {
    const body = JSON.stringify(FULL);
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${TEST_KEY}\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('is thrown away up to a second, then the connection closes; the answer arrives all the same', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50000000\r\n\r\n',
    );
    const startedAt = Date.now();
    const feed = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 5);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(feed);
    expect(Date.now() - startedAt).toBeLessThan(2500);
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(text).toContain('invalid_api_key');
  });

  it('keeps the connection when the rest is small', async () => {
    const body = JSON.stringify(FULL);
    const request = (key: string) =>
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(request('wrong') + request(TEST_KEY));
    for (const endAt = Date.now() + 3000; !text.includes('200 OK') && Date.now() < endAt;)
      await new Promise((r) => setTimeout(r, 5));
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 401 [\s\S]*HTTP\/1\.1 200 OK/);
  });
});

describe('a failed model call', () => {
  it.each<[number, number, string, string, number, boolean]>([
    // upstream, ours, type, code, precise, retry
    [401, 500, 'upstream_error', 'upstream_auth_failed', 502, false],
    [403, 500, 'upstream_error', 'upstream_auth_failed', 502, false],
    [404, 500, 'upstream_error', 'upstream_not_found', 502, false],
    [408, 500, 'upstream_error', 'upstream_error', 502, true],
    [409, 500, 'upstream_error', 'upstream_error', 502, true],
    [418, 500, 'upstream_error', 'upstream_error', 502, true],
    [302, 500, 'upstream_error', 'upstream_error', 502, true],
    [500, 500, 'upstream_error', 'upstream_error', 502, true],
    [502, 500, 'upstream_error', 'upstream_error', 502, true],
    [503, 500, 'upstream_error', 'upstream_error', 503, true],
    [529, 500, 'upstream_error', 'upstream_error', 503, true],
  ])('upstream %i', async (status, ours, type, code, preciseStatus, isRetryable) => {
    upstream.handle(({ res }) =>
      sendJson(res, { error: { message: 'went wrong', type: 'x', code: 'y', hint: 1 } }, status),
    );
    const response = await gateway.chat(FULL);
    expect(response.status).toBe(ours);
    expect(response.headers.get('x-upstream-status')).toBe(String(status));
    expect(response.headers.get('x-should-retry')).toBe(isRetryable ? null : 'false');
    expect(await errorOf(response)).toMatchObject({ type, code });
    expect((await precise.chat(FULL)).status).toBe(preciseStatus);
  });

  it.each([400, 413, 415, 422, 429])('upstream %i is the caller’s affair and passed on', async (status) => {
    upstream.handle(({ res }) => {
      res.writeHead(status, {
        'content-type': 'application/json',
        'retry-after': '3',
        'x-ratelimit-reset-requests': '1s',
      });
      res.end(
        JSON.stringify({
          error: {
            message: 'too long',
            type: 'invalid_request_error',
            code: 'context_length_exceeded',
            extra: [1],
          },
        }),
      );
    });
    for (const door of [gateway, precise]) {
      const response = await door.chat(FULL);
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe('3');
      expect(response.headers.get('x-should-retry')).toBeNull();
      expect(await errorOf(response)).toEqual({
        message: 'too long',
        type: 'invalid_request_error',
        param: null,
        code: 'context_length_exceeded',
        extra: [1],
      });
    }
  });

  it.each<[string, string, string]>([
    ['a page of HTML', '<html>502</html>', '<html>502</html>'],
    ['error as text', '{"error":"model overloaded"}', 'model overloaded'],
    ['message', '{"message":"busy"}', 'busy'],
    ['msg', '{"code":1,"msg":"忙"}', '忙'],
    ['detail', '{"detail":[{"loc":["body"]}]}', '[{"loc":["body"]}]'],
    ['nothing', '', 'The upstream answered HTTP 500.'],
  ])('takes the message from %s', async (_where, text, message) => {
    upstream.handle(({ res }) => res.writeHead(500).end(text));
    expect((await errorOf(await gateway.chat(FULL))).message).toBe(message);
  });

  it('cuts long messages and removes every configured secret', async () => {
    upstream.handle(({ res }) =>
      sendJson(
        res,
        { error: { message: `key upstream-secret-key ${'x'.repeat(50_000)}`, key: 'upstream-secret-key' } },
        500,
      ),
    );
    const text = await (await gateway.chat(FULL)).text();
    expect(text).not.toContain('upstream-secret-key');
    expect(text.length).toBeLessThan(5000);
  });

  it.each<[string, string, string]>([
    ['HTML under 200', '<html></html>', 'upstream_invalid_response'],
    ['half a document', '{"choices":[', 'upstream_invalid_response'],
    ['JSON without choices', '{"code":10401,"msg":"token expired"}', 'upstream_invalid_response'],
    ['an error under 200', '{"error":{"message":"overloaded"}}', 'upstream_error'],
    ['nothing', '', 'upstream_invalid_response'],
  ])('%s is not an answer', async (_what, text, code) => {
    upstream.handle(({ res }) => sendJson(res, text));
    const response = await gateway.chat(FULL);
    expect(response.status).toBe(500);
    expect(await errorOf(response)).toMatchObject({ code, type: 'upstream_error' });
  });

  it('timeouts are 504 with precise statuses, and a cut answer is a network error', async () => {
    upstream.handle(() => undefined);
    expect((await precise.chat(FULL)).status).toBe(504);
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      res.write('{"choices":[');
      setTimeout(() => res.destroy(), 20);
    });
    const response = await gateway.chat(FULL);
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_unreachable' });
  });
});

/** Sends bytes and reads what comes until the connection closes or goes quiet. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setTimeout(1500, () => {
      resolve(text);
      socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('}}')) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
