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

  it('is not opened by its own digest, nor by a part of it', async () => {
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
