import { errorOf } from '../support/error-answer.js';
import { sendRaw } from '../support/send-raw.js';
import { type TestGateway, TEST_KEY, startGateway, SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

const FULL = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    auth: { api_keys: [TEST_KEY, { name: 'narrow', key: 'sk-narrow-key-1', models: ['m'] }] },
    models: {
      openai: [
        { name: 'm', base_url: upstream.url },
        { name: 'off', base_url: upstream.url, enabled: false },
        { name: 'forbidden', base_url: upstream.url },
      ],
    },
    ...SINGLE_ATTEMPTS,
    server: { body_limit: 2000 },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.calls.length = 0;
  upstream.handle(({ res }) => sendJson(res, completion()));
});

const raw = (bytes: string) => sendRaw(Number(new URL(gateway.url).port), bytes);

describe('an error of the client', () => {
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

  it.each([
    ['{\n  "model": "m",\n}', 'The request body is not valid JSON: see line 3, column 1.'],
    ['{"你好": nul}', 'The request body is not valid JSON: see line 1, column 8.'],
    ['{"model":', 'The request body is not valid JSON: it ends too early, at line 1, column 10.'],
    [
      Buffer.from('7b22c4e3223a317d', 'hex'),
      'The request body is not valid JSON: it is not UTF-8 at line 1, column 3.',
    ],
    ['\ufeff{}', 'The request body is not valid JSON: it begins with a byte order mark.'],
  ])('400: malformed JSON, with its position: %j', async (body, message) => {
    expect(await errorOf(await gateway.chat(body))).toMatchObject({ code: 'invalid_json', message });
  });

  it.each([
    ['', '0\r\n\r\n', 200],
    ['', '2\r\n{}\r\n0\r\n\r\n', 415],
    ['content-type: application/json\r\n', '0\r\n\r\n', 200],
    ['content-type: application/json\r\n', '2\r\n{}\r\n0\r\n\r\n', 200],
  ])('a model test in chunks, with headers %j and body %j: %i', async (headers, body, status) => {
    const answer = await raw(
      `POST /v1/models/m/test HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\nconnection: close\r\n` +
        `${headers}transfer-encoding: chunked\r\n\r\n${body}`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('an encoding without a name is none', async () => {
    expect((await gateway.chat(FULL, { headers: { 'content-encoding': '' } })).status).toBe(200);
  });

  it('400: neither a body nor a content type', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'invalid_json' });
  });

  it('400: nulls are accepted in fields that allow them', async () => {
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

  it.each<Record<string, string>>([
    { 'content-type': 'application/json; charset="UTF-8"' },
    { 'content-type': 'application/json; charset=us-ascii' },
    { 'content-type': 'application/vnd.house+json' },
    { 'content-type': 'application/json', 'content-encoding': 'identity' },
  ])('is not to say %j', async (headers) => {
    expect((await gateway.chat(FULL, { headers })).status).toBe(200);
  });

  it('is reported in the order of the contract: path, method, key, type, length, JSON, fields, model, permission', async () => {
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
