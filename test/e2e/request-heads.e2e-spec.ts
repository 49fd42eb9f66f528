import { exchangeRaw } from '../support/exchange-raw.js';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;
let open: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
  const models = { openai: [{ name: 'm', base_url: upstream.url }] };
  gateway = await startGateway({ models });
  open = await startGateway({
    auth: { enabled: false },
    server: { allowed_hosts: ['Gateway.internal'], cors_origins: ['https://app.example'] },
    metrics: { enabled: true },
    models,
  });
});
afterAll(async () => {
  await gateway.close();
  await open.close();
  await upstream.close();
});

const BODY = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const KEY = `authorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\n`;
const LENGTH = `content-length: ${BODY.length}\r\n`;
const post = (lines: string, body = BODY, version = '1.1'): string =>
  `POST /v1/chat/completions HTTP/${version}\r\n${KEY}${lines}\r\n${body}`;

describe('a head that two readers could understand differently', () => {
  it.each<[string, string, number]>([
    ['two hosts', post(`host: a\r\nhost: b\r\n${LENGTH}`), 400],
    ['two equal hosts', post(`host: a\r\nHOST: a\r\n${LENGTH}`), 400],
    ['no host', post(LENGTH), 400],
    ['two transfer encodings', post('host: a\r\ntransfer-encoding: gzip, chunked\r\n', CHUNKED), 400],
    ['chunked twice', post('host: a\r\ntransfer-encoding: chunked, chunked\r\n', CHUNKED), 400],
    [
      'chunked in two lines',
      post('host: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n', CHUNKED),
      400,
    ],
    ['another transfer encoding', post(`host: a\r\ntransfer-encoding: gzip\r\n${LENGTH}`), 400],
    ['identity', post(`host: a\r\ntransfer-encoding: identity\r\n${LENGTH}`), 400],
    ['a length and chunks', post(`host: a\r\ntransfer-encoding: chunked\r\n${LENGTH}`, CHUNKED), 400],
    ['two lengths', post(`host: a\r\n${LENGTH}content-length: 1\r\n`), 400],
    ['chunks in HTTP/1.0', post('host: a\r\ntransfer-encoding: chunked\r\n', CHUNKED, '1.0'), 400],
    ['an unknown expectation', post(`host: a\r\nexpect: 200-maybe\r\n${LENGTH}`), 417],
    ['an unknown expectation without a host', post(`expect: 200-maybe\r\n${LENGTH}`), 400],
    ['a target of another host', `GET http://b/v1/models HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    ['a target with a password', `GET http://user:hidden@a/v1/models HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    ['a target that is no path', `GET ftp://a/x HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    ['a proxy call', `CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    [
      'a second host behind 2,000 headers',
      `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(2000)}host: b\r\n\r\n`,
      431,
    ],
    [
      'headers longer than fit',
      `GET / HTTP/1.1\r\nhost: a\r\n${`x: ${'y'.repeat(100)}\r\n`.repeat(200)}\r\n`,
      431,
    ],
    ['more headers than fit', `GET / HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(5000)}\r\n`, 431],
    ['a broken header', 'GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n\r\n', 400],
  ])('is refused in the shape of all errors, and logged: %s', async (_what, bytes, status) => {
    const before = gateway.log().length;
    const response = await exchangeRaw(gateway.url, bytes);
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ connection: 'close' });
    expect(JSON.parse(response.body)).toEqual({
      error: {
        message: expect.any(String) as string,
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_value',
      },
    });
    await until(() => gateway.log().length > before, 'the line of the log');
    expect(gateway.log().at(-1)).toMatchObject({
      message: 'request',
      status,
      error: 'invalid_value',
      request_id: response.headers['x-request-id'],
    });
    expect(gateway.logText()).not.toContain('hidden');
    expect(upstream.calls).toHaveLength(0);
  });

  it.each<[string, string]>([
    ['a length', post(`host: a\r\n${LENGTH}`)],
    ['chunks', post('host: a\r\ntransfer-encoding: Chunked\r\n', CHUNKED)],
    ['an expectation that is met', post(`host: a\r\nexpect: 100-Continue\r\n${LENGTH}`)],
    ['the whole address as its target', post(`host: a:80\r\n${LENGTH}`).replace('POST ', 'POST http://A:80')],
    ['HTTP/1.0, without a host', post(LENGTH, BODY, '1.0')],
    ['an upgrade that nobody takes', post(`host: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n${LENGTH}`)],
  ])('is not one with %s', async (_what, bytes) => {
    upstream.calls.length = 0;
    const response = await exchangeRaw(gateway.url, bytes);
    expect([100, 200]).toContain(response.status);
    await until(() => upstream.calls.length === 1, 'the call');
    upstream.calls.length = 0;
  });
});

describe('with auth.enabled: false', () => {
  const get = (path: string, headers: Record<string, string>) =>
    exchangeRaw(
      open.url,
      `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
  const codeOf = ({ status, body }: { status: number; body: string }): [number, unknown] => [
    status,
    status === 200 ? undefined : (JSON.parse(body) as { error: { code: string } }).error.code,
  ];

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'gateway.internal.evil.example',
    'x@localhost',
  ])('a host that is not known is refused on every route: %s', async (host) => {
    for (const path of [
      '/v1/models',
      '/',
      '/docs',
      '/docs-json',
      '/ui',
      '/metrics',
      '/nothing',
      '/v1/health/models',
    ])
      expect([path, ...codeOf(await get(path, { host }))]).toEqual([path, 403, 'host_not_allowed']);
    for (const path of ['/v1/health', '/v1/health/ready?x=1'])
      expect((await get(path, { host })).status).toBe(200);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3:8000',
    '[::1]:8000',
    '[2001:db8::1]',
    'localhost',
    'LOCALHOST:8000',
    'localhost.',
    'app.localhost:3000',
    'gateway.internal',
    'GATEWAY.internal:8000',
  ])('an address, a loopback name or a listed name may be the host: %s', async (host) => {
    expect((await get('/v1/models', { host })).status).toBe(200);
  });

  it.each([
    'https://evil.example',
    'null',
    'http://localhost:3000',
    'http://localhost.evil.example',
    'https://app.example.evil',
    'https://app.example:8443',
  ])('an origin that is not known is refused: %s', async (origin) => {
    const host = 'localhost:8000';
    expect(codeOf(await get('/v1/models', { host, origin }))).toEqual([403, 'origin_not_allowed']);
    expect((await get('/v1/health', { host, origin })).status).toBe(200);
    const sent = post(`host: ${host}\r\norigin: ${origin}\r\n${LENGTH}`);
    expect(codeOf(await exchangeRaw(open.url, sent))).toEqual([403, 'origin_not_allowed']);
    const preflight = `OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\naccess-control-request-method: POST\r\n\r\n`;
    expect(codeOf(await exchangeRaw(open.url, preflight))).toEqual([403, 'origin_not_allowed']);
  });

  it.each([
    ['localhost:8000', 'http://localhost:8000'],
    ['localhost', 'http://localhost'],
    ['gateway.internal', 'https://gateway.internal'],
    ['gateway.internal:443', 'https://gateway.internal'],
    ['127.0.0.1:8000', 'https://app.example'],
  ])('its own origin and those of cors_origins pass: %s, %s', async (host, origin) => {
    expect((await get('/v1/models', { host, origin })).status).toBe(200);
  });

  it('the list is read anew by a reload; a gateway with keys looks at neither', async () => {
    const strange = { host: 'new.example', origin: 'https://evil.example' };
    const models = { openai: [{ name: 'm', base_url: upstream.url }] };
    expect((await get('/v1/models', { host: 'new.example' })).status).toBe(403);
    await open.reload({ auth: { enabled: false }, server: { allowed_hosts: ['new.example'] }, models });
    expect((await get('/v1/models', { host: 'new.example' })).status).toBe(200);
    const answered = await exchangeRaw(
      gateway.url,
      `GET /v1/models HTTP/1.1\r\n${KEY}host: ${strange.host}\r\norigin: ${strange.origin}\r\n\r\n`,
    );
    expect(answered.status).toBe(200);
  });
});
