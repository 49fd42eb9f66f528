import { type AddressInfo, createServer } from 'node:net';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { sendJson } from '../support/start-upstream.js';
import {
  NOWHERE,
  QUICK,
  upstream,
  start,
  becomes,
  becomesState,
  openProbedService,
} from '../support/probe-rig.js';

openProbedService();

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

  it('reports that no server listens', async () => {
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

  it('reports that the credential is refused', async () => {
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

  it('logs in once, and succeeds without another login while the token is valid', async () => {
    await start(login('demo-password'), 'request');
    const first = await becomes(({ probe }) => probe?.ok === true);
    expect(first.state).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(sandbox.loginCount).toBe(1);
    expect(sandbox.chatCount).toBe(0);
  });

  it('reports that the login is refused, and does not lock the account by trying again', async () => {
    await start(login('wrong-password'), 'request');
    expect(await becomesState('credentials_refused')).toMatchObject({ reason: 'upstream_login_failed' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(sandbox.loginCount).toBe(1);
  });
});
