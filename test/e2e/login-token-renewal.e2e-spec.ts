import { until } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import {
  sandbox,
  upstream,
  gateway,
  start,
  ask,
  askMany,
  statuses,
  codeOf,
  openSandboxLogin,
} from '../support/sandbox-login.js';

openSandboxLogin();

describe('a refused token', () => {
  it('causes one new login for 50 concurrent calls, each repeated once', async () => {
    await start();
    await ask();
    sandbox.revokeTokens();
    const before = sandbox.requests.length;
    expect(statuses(await askMany(50))).toEqual([200]);
    expect(sandbox.loginCount).toBe(2);
    const chats = sandbox.requests
      .slice(before)
      .filter((request) => request.path.endsWith('/chat/completions'));
    expect(chats.length).toBeLessThanOrEqual(100);
    const lines = () => gateway.log().filter((line) => line.message === 'request');
    await until(() => lines().length === 51, 'the line of each call');
    expect(Math.max(...lines().map((line) => Number(line['attempts'])))).toBeLessThanOrEqual(2);
  });

  it('serves streams after the renewal too', async () => {
    await start();
    await ask();
    sandbox.revokeTokens();
    const response = await ask('login-model', true);
    expect(await response.text()).toContain('data: [DONE]');
    expect(sandbox.loginCount).toBe(2);
  });

  it('does not drop a newer token when its 401 comes late', async () => {
    let issued = 0;
    let releaseLate!: () => void;
    const late = new Promise<void>((resolve) => (releaseLate = resolve));
    let isRevoked = false;
    upstream.handle(async ({ path, headers, body, res }) => {
      if (path === '/auth') return sendJson(res, { token: `token-number-${++issued}` });
      const isOld = headers.authorization === 'Bearer token-number-1';
      if (body.includes('late') && isOld) await late;
      if (isRevoked && isOld) return sendJson(res, { error: { message: 'expired' } }, 401);
      sendJson(res, completion());
    });
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    await ask();
    isRevoked = true;
    const lateCall = gateway.chat({ model: 'login-model', messages: [{ role: 'user', content: 'late' }] });
    await until(() => upstream.calls.some((call) => call.body.includes('late')));
    expect((await ask()).status).toBe(200);
    expect(issued).toBe(2);
    releaseLate();
    expect((await lateCall).status).toBe(200);
    expect((await ask()).status).toBe(200);
    expect(issued).toBe(2);
  });

  it('that is fresh is replaced once: no login storm against a service that refuses everything', async () => {
    let logins = 0;
    upstream.handle(({ path, res }) => {
      if (path === '/auth') sendJson(res, { token: `token-number-${++logins}` });
      else sendJson(res, { error: { message: 'no' } }, 401);
    });
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    const response = await ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await codeOf(response)).toBe('upstream_auth_failed');
    for (const again of await askMany(20)) expect(await codeOf(again)).toBe('upstream_auth_failed');
    expect(logins).toBe(2);
  });

  it('fails the call when the new token is refused as well', async () => {
    let logins = 0;
    let isBroken = false;
    upstream.handle(({ path, res }) => {
      if (path === '/auth') sendJson(res, { token: `token-number-${++logins}` });
      else if (isBroken) sendJson(res, { error: { message: 'no' } }, 401);
      else sendJson(res, completion());
    });
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    await ask();
    isBroken = true;
    expect(await codeOf(await ask())).toBe('upstream_auth_failed');
    expect(logins).toBe(2);
    expect(statuses(await askMany(10))).toEqual([500]);
    expect(logins).toBe(2);
  });

  it('that the configuration contains is never dropped', async () => {
    await start({
      auth_url: undefined,
      username: undefined,
      password: undefined,
      token: 'fixed-token-1',
      base_url: upstream.url,
    });
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 401));
    expect(await codeOf(await ask())).toBe('upstream_auth_failed');
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await ask()).status).toBe(200);
    expect(upstream.calls.every((call) => call.headers.authorization === 'Bearer fixed-token-1')).toBe(true);
  });
});

describe('a token that nears its end', () => {
  it('serves on while the next one is fetched, and is not used after its end', async () => {
    let logins = 0;
    upstream.handle(async ({ path, headers, res }) => {
      if (path === '/auth') {
        if (++logins === 2) await new Promise((resolve) => setTimeout(resolve, 100));
        return sendJson(res, { token: `token-number-${logins}`, expires_in: 2 });
      }
      sendJson(res, completion(headers.authorization));
    });
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    await ask();
    // The last tenth of two seconds: the old token still serves this call.
    await new Promise((resolve) => setTimeout(resolve, 1850));
    expect(await (await ask()).text()).toContain('token-number-1');
    await until(() => logins === 2);
    await until(() => gateway.log().filter((line) => line.message === 'login succeeded').length === 2);
    expect(await (await ask()).text()).toContain('token-number-2');
    expect(logins).toBe(2);
  });

  it('uses the configured lifetime if the login response has none', async () => {
    upstream.handle(({ path, res }) => sendJson(res, path === '/auth' ? 'bare-token-1' : completion()));
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url, token_cache_hours: 0.5 });
    await ask();
    expect(gateway.log().find((line) => line.message === 'login succeeded')).toMatchObject({
      token_lifetime_s: 1800,
      model: 'login-model',
    });
  });
});

describe('the reported state of a token', () => {
  const token = async () => {
    const text = await (await gateway.get('/v1/health/models')).text();
    const { data } = JSON.parse(text) as { data: [{ state: string; token: Record<string, unknown> }] };
    return { text, state: data[0].state, ...data[0].token };
  };

  it('has its expiry and the count of its renewals, and never the token', async () => {
    await start();
    expect(await token()).toMatchObject({ state: 'never_seen', valid_until: null, renewals: 0 });
    await ask();
    const first = await token();
    expect(first).toMatchObject({ state: 'ok', renewals: 0, last_login_failure: null, paused_until: null });
    expect(Date.parse(String(first['valid_until' as never]))).toBeGreaterThan(Date.now());
    sandbox.revokeTokens();
    await ask();
    const second = await token();
    expect(second).toMatchObject({ renewals: 1, last_login_at: expect.any(String) as string });
    expect(second.text).not.toMatch(/sandbox-token|sandbox-password|demo-password/);
  });

  it('reports that the login was refused, and until when it backs off', async () => {
    await start({ password: 'wrong-password' });
    await ask();
    const { text, ...rest } = await token();
    expect(rest).toMatchObject({
      state: 'credentials_refused',
      valid_until: null,
      last_login_failure: 'refused',
    });
    expect(Date.parse(String(rest['paused_until' as never]))).toBeGreaterThan(Date.now());
    expect(text).not.toContain('wrong-password');
  });

  it('reports that the login failed, when the service is unreachable', async () => {
    await start();
    sandbox.failLogin({ kind: 'status', status: 503 });
    await ask();
    expect(await token()).toMatchObject({ state: 'failing', last_login_failure: 'failed' });
  });
});
