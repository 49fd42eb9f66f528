import { type AddressInfo, createServer } from 'node:net';
import { LiveConfig } from '../../src/config/live-config.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { loadText } from '../fixtures/config/load-text.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const QUICK = { interval_seconds: 0.15, jitter_percent: 50, timeout_seconds: 2 };

interface Health {
  readonly model: string;
  readonly state: string;
  readonly reason: string | null;
  readonly last_60_minutes: { readonly requests: number };
  readonly probe?: { readonly kind: string; readonly ok: boolean; readonly error: string | null };
}

let upstream: TestUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const start = async (model: Record<string, unknown>, type = 'openai') => {
  gateway = await startGateway({ models: { [type]: [{ name: 'm', base_url: upstream.url, ...model }] } });
};

async function health(): Promise<Health> {
  const { data } = (await (await gateway.get('/v1/health/models')).json()) as { data: [Health] };
  return data[0];
}

/** Looks again until the model's health is as wanted. */
async function becomes(isWanted: (health: Health) => boolean): Promise<Health> {
  const endAt = Date.now() + 15_000;
  for (;;) {
    const seen = await health();
    if (isWanted(seen)) return seen;
    if (Date.now() > endAt) throw new Error(`still ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const becomesState = (state: string) => becomes((seen) => seen.state === state);

describe('a probe', () => {
  it('is off by default, and with live', async () => {
    await start({});
    await gateway.close();
    await start({ probe: 'live' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(upstream.calls).toEqual([]);
    expect(await health()).toMatchObject({ state: 'never_seen' });
    expect(await health()).not.toHaveProperty('probe');
  });

  it('of the kind models asks where the format of the service has its list', async () => {
    upstream.handle(({ res }) => sendJson(res, { data: [] }));
    await start({ api_key: 'k-1', probe: { ...QUICK, kind: 'models' } }, 'anthropic');
    await becomes(({ probe }) => probe?.ok === true);
    expect(upstream.calls[0]).toMatchObject({
      path: '/v1/models',
      headers: { 'x-api-key': 'k-1', 'anthropic-version': '2023-06-01' },
    });
  });

  it('of the kind chat takes the path of real traffic, sends the configured message, and counts as no call', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('pong')));
    await start({
      api_key: 'k-1',
      model_name: 'up',
      probe: { ...QUICK, kind: 'chat', message: 'still there?' },
    });
    const seen = await becomes(({ probe }) => probe?.ok === true);
    expect(seen).toMatchObject({ state: 'ok', last_60_minutes: { requests: 0 }, probe: { kind: 'chat' } });
    expect(upstream.calls[0]).toMatchObject({
      path: '/chat/completions',
      headers: { authorization: 'Bearer k-1' },
    });
    expect(JSON.parse(upstream.calls[0]!.body.toString())).toMatchObject({
      model: 'up',
      messages: [{ role: 'user', content: 'still there?' }],
    });
  });

  it('sees a model fail and recover, and writes both down', async () => {
    let isDown = true;
    upstream.handle(({ res }) => (isDown ? sendJson(res, {}, 503) : sendJson(res, completion())));
    await start({ probe: { ...QUICK, kind: 'chat' } });
    expect(await becomesState('failing')).toMatchObject({
      reason: 'upstream_error',
      probe: { ok: false, error: 'upstream_error' },
    });
    isDown = false;
    await becomesState('ok');
    const { changes } = (await (await gateway.get('/v1/health/history')).json()) as { changes: object[] };
    expect(changes).toMatchObject([
      { from: 'failing', to: 'ok' },
      { from: 'never_seen', to: 'failing', reason: 'upstream_error' },
    ]);
  });

  it('asks one at a time, and gives up after its own time', async () => {
    let [running, most] = [0, 0];
    upstream.handle(({ res }) => {
      most = Math.max(most, ++running);
      res.once('close', () => running--);
    });
    await start({ probe: { kind: 'chat', interval_seconds: 0.1, timeout_seconds: 0.2 } });
    expect(await becomesState('failing')).toMatchObject({ reason: 'total_timeout' });
    await until(() => upstream.calls.length >= 3);
    expect(most).toBe(1);
  });

  it('waits while real traffic shows that the model is well', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    await start({ probe: { ...QUICK, kind: 'chat', interval_seconds: 30 } });
    // Sooner than the first check, which then finds nothing to do.
    await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'real' }] });
    const before = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 3300));
    expect(upstream.calls.length).toBe(before);
  });

  it('never touches liveness, and ends with the drain', async () => {
    upstream.handle(({ res }) => sendJson(res, {}, 500));
    await start({ probe: { ...QUICK, kind: 'http', path: '/up' } });
    await becomesState('failing');
    expect((await gateway.get('/v1/health', { key: null })).status).toBe(200);
    expect((await gateway.get('/v1/health/ready', { key: null })).status).toBe(200);
    await gateway.beginDrain();
    const count = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    // One may have been on its way.
    expect(upstream.calls.length).toBeLessThanOrEqual(count + 1);
  });

  it('that runs when the drain begins is given up, and the drain does not wait for it', async () => {
    let isClosed = false;
    upstream.handle(({ res }) => res.once('close', () => (isClosed = true)));
    await start({ probe: { ...QUICK, kind: 'http', path: '/', timeout_seconds: 30 } });
    await until(() => upstream.calls.length > 0);
    await gateway.beginDrain(0, 20);
    await until(() => isClosed);
    expect(await health()).toMatchObject({ state: 'never_seen' });
  });
});

describe('a new configuration', () => {
  it('begins and ends probes', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    await start({});
    const replace = (probe: string) => {
      const yaml = `auth: { api_keys: ["${TEST_KEY}"] }\nmodels: { openai: [{ name: m, base_url: "${upstream.url}"${probe} }] }`;
      gateway.app.get(LiveConfig).replace(loadText(yaml).config);
    };
    replace(`, probe: { kind: http, interval_seconds: 0.15 }`);
    await becomes(({ probe }) => probe?.ok === true);
    replace('');
    const count = upstream.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(upstream.calls.length).toBeLessThanOrEqual(count + 1);
  });
});

describe('a tcp probe', () => {
  it('connects and asks nothing', async () => {
    let connections = 0;
    const bytes: Buffer[] = [];
    const server = createServer((socket) => {
      connections++;
      socket.on('data', (chunk) => bytes.push(chunk)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await start({ base_url: `https://127.0.0.1:${port}/v1`, probe: { ...QUICK, kind: 'tcp' } });
    await becomesState('ok');
    expect(connections).toBeGreaterThan(0);
    expect(bytes).toEqual([]);
    server.close();
  });

  it('says that nobody is there', async () => {
    await start({ base_url: NOWHERE, probe: { ...QUICK, kind: 'tcp' } });
    expect(await becomesState('failing')).toMatchObject({ reason: 'upstream_unreachable' });
  });

  it('goes through the proxy of the model', async () => {
    const proxy = await startForwardProxy();
    await start({ proxy: proxy.url, probe: { ...QUICK, kind: 'tcp' } });
    await becomesState('ok');
    expect(proxy.seen.length).toBeGreaterThan(0);
    await proxy.close();
  });
});

describe('an http probe', () => {
  it('asks for a path of the host, with the headers of the model and without its key', async () => {
    upstream.handle(({ res, path }) => sendJson(res, {}, path === '/health?deep=1' ? 200 : 404));
    await start({
      base_url: `${upstream.url}/v1`,
      api_key: 'k-1',
      headers: { 'X-Tenant': 't1' },
      probe: { ...QUICK, kind: 'http', path: '/health?deep=1' },
    });
    await becomesState('ok');
    expect(upstream.calls[0]!.req.method).toBe('GET');
    expect(upstream.calls[0]!.headers).toMatchObject({ 'x-tenant': 't1' });
    expect(upstream.calls[0]!.headers).not.toHaveProperty('authorization');
  });

  it.each([
    [404, '/health', 'failing', 'upstream_not_found'],
    [404, undefined, 'ok', null],
    [500, undefined, 'failing', 'upstream_error'],
  ])('takes status %s at path %s for %s', async (status, path, state, reason) => {
    upstream.handle(({ res }) => sendJson(res, {}, status));
    await start({ probe: { ...QUICK, kind: 'http', path } });
    expect(await becomesState(state)).toMatchObject({ reason });
  });
});

describe('a models probe', () => {
  it('lists the models of the service, with the credential', async () => {
    upstream.handle(({ res, path, headers }) =>
      sendJson(
        res,
        { data: [] },
        path === '/v1/models' && headers.authorization === 'Bearer k-1' ? 200 : 401,
      ),
    );
    await start({ base_url: `${upstream.url}/v1`, api_key: 'k-1', probe: { ...QUICK, kind: 'models' } });
    await becomesState('ok');
    expect(upstream.calls[0]!.req.method).toBe('GET');
    expect(upstream.calls[0]!.body).toHaveLength(0);
  });

  it('says that the credential is refused', async () => {
    upstream.handle(({ res }) => sendJson(res, {}, 401));
    await start({ api_key: 'k-1', probe: { ...QUICK, kind: 'models' } });
    expect(await becomesState('credentials_refused')).toMatchObject({ reason: 'upstream_auth_failed' });
  });
});

describe('a login probe', () => {
  let sandbox: Sandbox;
  const login = (password: string) => ({
    base_url: `${sandbox.url}/v1`,
    auth_url: `${sandbox.url}/login`,
    username: 'demo',
    password,
    probe: { ...QUICK, kind: 'login' },
  });

  beforeEach(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  });
  afterEach(() => sandbox.close());

  it('logs in once, and is content while the token holds', async () => {
    await start(login('demo-password'), 'request');
    const first = await becomes(({ probe }) => probe?.ok === true);
    expect(first.state).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(sandbox.loginCount).toBe(1);
    expect(sandbox.chatCount).toBe(0);
  });

  it('says that the login is refused, and does not lock the account by trying again', async () => {
    await start(login('wrong-password'), 'request');
    expect(await becomesState('credentials_refused')).toMatchObject({ reason: 'upstream_login_failed' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(sandbox.loginCount).toBe(1);
  });
});

describe('a model with fallbacks', () => {
  it('is probed and tested by itself', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('from the other one')));
    gateway = await startGateway({
      models: {
        openai: [
          {
            name: 'm',
            base_url: NOWHERE,
            retry: { max_retries: 0 },
            fallbacks: ['other'],
            probe: { ...QUICK, kind: 'chat' },
          },
          { name: 'other', base_url: upstream.url },
        ],
      },
    });
    expect(await becomesState('failing')).toMatchObject({ reason: 'upstream_unreachable' });
    const test = await fetch(`${gateway.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(await test.json()).toMatchObject({
      status: 'unavailable',
      error: { code: 'upstream_unreachable' },
    });
    expect(upstream.calls).toEqual([]);
    const chat = await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    expect(await chat.text()).toContain('from the other one');
  });
});
