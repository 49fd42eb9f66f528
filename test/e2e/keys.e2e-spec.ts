import { createHash } from 'node:crypto';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;
const BODY = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
  gateway = await startGateway({
    auth: {
      api_keys: [
        'sk-plain-key-1',
        { name: 'hashed', key_sha256: sha256('sk-hashed-key-1') },
        { name: 'upper', key_sha256: sha256('sk-upper-key-1').toUpperCase() },
      ],
    },
    models: { openai: [{ name: 'm', base_url: upstream.url }] },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const statusOf = async (headers: Record<string, string>) =>
  (await gateway.chat(BODY, { key: null, headers })).status;

describe('a key', () => {
  it.each(['sk-plain-key-1', 'sk-hashed-key-1', 'sk-upper-key-1'])(
    'opens in each of the three headers: %s',
    async (key) => {
      expect(await statusOf({ authorization: `Bearer ${key}` })).toBe(200);
      expect(await statusOf({ authorization: `bearer  ${key}` })).toBe(200);
      expect(await statusOf({ authorization: `Bearer\t${key}` })).toBe(200);
      expect(await statusOf({ 'x-api-key': key })).toBe(200);
      expect(await statusOf({ 'api-key': key })).toBe(200);
    },
  );

  it('is taken from the first header that is present, and from no other', async () => {
    expect(await statusOf({ authorization: 'Bearer wrong', 'x-api-key': 'sk-plain-key-1' })).toBe(401);
    expect(await statusOf({ authorization: '', 'x-api-key': 'sk-plain-key-1' })).toBe(401);
    expect(await statusOf({ 'x-api-key': 'wrong', 'api-key': 'sk-plain-key-1' })).toBe(401);
    expect(await statusOf({ 'x-api-key': 'sk-plain-key-1', 'api-key': 'wrong' })).toBe(200);
  });

  it('is not replaced by its own digest, nor by a part of it', async () => {
    expect(await statusOf({ authorization: `Bearer ${sha256('sk-plain-key-1')}` })).toBe(401);
    expect(await statusOf({ authorization: 'Bearer sk-plain-key' })).toBe(401);
    expect(await statusOf({ authorization: 'Bearer ' })).toBe(401);
  });

  it.each(['', 'Bearer', 'sk-plain-key-1', 'Basic c2s6'])(
    'is missed in %j, with a word on how to send it',
    async (authorization) => {
      const answer = await gateway.chat(BODY, { key: null, headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        error: { message: "No API key given. Send it as 'Authorization: Bearer YOUR_KEY'." },
      });
    },
  );

  it('shows by its name in the log', async () => {
    await statusOf({ 'api-key': 'sk-hashed-key-1' });
    expect(gateway.log().at(-1)).toMatchObject({ client: 'hashed', status: 200 });
    await statusOf({ 'api-key': 'nope' });
    expect(gateway.log().at(-1)).toMatchObject({ status: 401 });
    expect(gateway.log().at(-1)).not.toHaveProperty('client');
  });

  it('is not asked for when auth.enabled is false', async () => {
    const open = await startGateway({
      auth: { enabled: false },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
    expect((await open.chat(BODY, { key: null })).status).toBe(200);
    expect((await open.chat(BODY, { key: 'anything' })).status).toBe(200);
    await open.close();
  });
});

describe('a key that ends', () => {
  const LAST = 'sk-key-that-ends-0001';
  const NEXT = 'sk-key-that-follows-1';
  let ending: TestGateway;
  let now = Date.now();

  beforeAll(async () => {
    const common = { name: 'bot', team: 'search', models: ['m'], limits: { requests_per_minute: 60_000 } };
    ending = await startGateway({
      auth: {
        time_zone: 'Asia/Shanghai',
        teams: [{ name: 'search', limits: { max_concurrent: 50 } }],
        api_keys: [
          { ...common, key: LAST, expires_at: '2099-01-31' },
          { ...common, key: NEXT, expires_at: '2099-12-31T12:00:00+08:00' },
        ],
      },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
  });
  beforeEach(() => void jest.spyOn(Date, 'now').mockImplementation(() => now));
  afterAll(() => ending.close());

  const call = async (path: string, key: string, body: unknown = BODY) => {
    const response = await fetch(`${ending.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as object };
  };

  it('is valid until the end of its day in the time zone, and then refused in the error format of each dialect', async () => {
    now = Date.parse('2099-01-31T15:59:59.999Z');
    expect((await call('/v1/chat/completions', LAST)).status).toBe(200);
    now += 1;
    const chat = await call('/v1/chat/completions', LAST);
    expect(chat).toMatchObject({
      status: 401,
      body: {
        error: {
          message: 'This API key has expired.',
          type: 'invalid_request_error',
          param: null,
          code: 'api_key_expired',
        },
      },
    });
    expect(chat.headers.get('www-authenticate')).toBe('Bearer');
    expect(ending.log().at(-1)).toMatchObject({ client: 'bot', status: 401, error: 'api_key_expired' });
    const messages = await call('/v1/messages', LAST, { ...BODY, max_tokens: 5 });
    expect(messages).toMatchObject({
      status: 401,
      body: {
        type: 'error',
        error: { type: 'authentication_error', details: { error_code: 'api_key_expired' } },
      },
    });
    expect((await ending.get('/v1/models', { key: LAST })).status).toBe(401);
    // It is said before the body is looked at.
    expect((await call('/v1/chat/completions', LAST, 'no object')).status).toBe(401);
  });

  it('is followed by another of the same name', async () => {
    now = Date.parse('2099-12-31T03:59:59.999Z');
    expect((await call('/v1/chat/completions', NEXT)).status).toBe(200);
    now += 1;
    expect((await call('/v1/chat/completions', NEXT)).status).toBe(401);
  });

  it('ends at another time after a reload, and the log reports the change', async () => {
    now = Date.parse('2099-12-31T12:00:00Z');
    await ending.reload({
      auth: {
        time_zone: 'Asia/Shanghai',
        api_keys: [{ name: 'bot', key: LAST, models: ['m'], expires_at: '2100-01-31' }],
      },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
    expect((await call('/v1/chat/completions', LAST)).status).toBe(200);
    expect(ending.log().find(({ message }) => message === 'configuration reloaded')?.['changes']).toEqual([
      'auth.api_keys: -1 1 edited',
      'auth.api_keys "bot": team "search" -> none',
      'auth.api_keys "bot": expires_at "2099-01-31" -> "2100-01-31"',
      'auth.api_keys "bot": limits.requests_per_minute 60000 -> none',
      'auth.teams: -"search"',
    ]);
  });
});

describe('CORS', () => {
  it('is off unless origins are configured', async () => {
    const response = await gateway.get('/v1/models', {
      key: 'sk-plain-key-1',
      headers: { origin: 'https://app.example' },
    });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('answers a preflight before the key is asked for, and exposes the request id', async () => {
    const open = await startGateway({
      server: { cors_origins: ['https://app.example'] },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
    const preflight = await fetch(`${open.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const call = await open.chat(BODY, { headers: { origin: 'https://app.example' } });
    expect(call.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(call.headers.get('access-control-expose-headers')).toContain('x-request-id');
    const stranger = await open.chat(BODY, { headers: { origin: 'https://evil.example' } });
    expect(stranger.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
    await open.close();
  });
});
