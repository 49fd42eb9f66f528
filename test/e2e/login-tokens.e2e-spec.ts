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

describe('a login', () => {
  it('is shared by 200 concurrent first requests', async () => {
    await start();
    sandbox.failLogin({ kind: 'slow_first_byte', ms: 100 });
    expect(statuses(await askMany(200))).toEqual([200]);
    expect(sandbox.loginCount).toBe(1);
    expect(gateway.log().filter((line) => line.message === 'login succeeded')).toHaveLength(1);
  });

  it('is shared by models of one account, and not by others', async () => {
    await start({}, [
      {
        name: 'same-account',
        base_url: `${sandbox.url}/v1`,
        auth_url: `${sandbox.url}/login`,
        username: 'demo',
        password: 'demo-password',
      },
    ]);
    await ask();
    await ask('same-account');
    expect(sandbox.loginCount).toBe(1);
  });

  it('posts user name and password as JSON, with the headers and query of the model', async () => {
    await start({ auth_url: `${upstream.url}/auth`, headers: { 'x-tenant': 't1' }, query: { region: 'cn' } });
    upstream.handle(({ res }) => sendJson(res, { token: 'sandbox-unknown' }));
    await ask();
    expect(upstream.calls[0]).toMatchObject({
      path: '/auth?region=cn',
      headers: { 'content-type': 'application/json', 'x-tenant': 't1' },
    });
    expect(JSON.parse(upstream.calls[0]!.body.toString())).toEqual({
      username: 'demo',
      password: 'demo-password',
    });
  });

  it.each([
    ['token', { token: 'tok-12345678' }],
    ['access_token', { access_token: 'tok-12345678', expires_in: 3600 }],
    ['accessToken', { accessToken: 'tok-12345678' }],
    ['data.token', { code: 0, data: { token: 'tok-12345678' } }],
    ['data.access_token', { data: { access_token: 'tok-12345678', expires_in: '60' } }],
    ['result.accessToken', { result: { accessToken: 'tok-12345678' } }],
    ['data itself', { code: 0, data: 'tok-12345678' }],
    ['result itself', { result: 'tok-12345678' }],
    ['the bare body', 'tok-12345678\n'],
  ])('finds the token in %s', async (_place, answer) => {
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    upstream.handle(({ path, headers, res }) => {
      if (path === '/auth') sendJson(res, answer);
      else sendJson(res, completion(headers.authorization));
    });
    expect(await (await ask()).text()).toContain('Bearer tok-12345678');
  });

  it.each([
    ['no token field', { code: 0, data: { user: 1 } }],
    ['a page of HTML', '<html><body>login</body></html>'],
    ['an empty token', { token: '' }],
    ['a token that no header can carry', { token: 'bad\ntoken' }],
    ['a short bare word', 'ok'],
  ])('that answers with %s is a failed login, not a call with an empty token', async (_what, answer) => {
    await start({ auth_url: `${upstream.url}/auth` });
    upstream.handle(({ res }) => sendJson(res, answer));
    const response = await ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await codeOf(response)).toBe('upstream_login_failed');
    expect(sandbox.chatCount).toBe(0);
  });

  it('that is refused fails at once for everyone, and is not tried again for a while', async () => {
    await start({ password: 'wrong-password' });
    const response = await ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-upstream-status')).toBe('401');
    expect(await codeOf(response)).toBe('upstream_login_failed');
    expect(statuses(await askMany(20))).toEqual([500]);
    expect(sandbox.loginCount).toBe(1);
    expect(gateway.logText()).not.toContain('wrong-password');
  });

  it('is tried again a second after the service failed', async () => {
    await start();
    sandbox.failLogin({ kind: 'status', status: 503 });
    expect(await codeOf(await ask())).toBe('upstream_login_failed');
    expect(await codeOf(await ask())).toBe('upstream_login_failed');
    expect(sandbox.loginCount).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect((await ask()).status).toBe(200);
    expect(sandbox.loginCount).toBe(2);
  });

  it('does not follow a redirect', async () => {
    await start({ auth_url: `${upstream.url}/auth` });
    upstream.handle(({ res }) => res.writeHead(302, { location: `${sandbox.url}/login` }).end());
    expect(await codeOf(await ask())).toBe('upstream_login_failed');
    expect(sandbox.loginCount).toBe(0);
  });

  it('that was refused may be tried by a forced model test, whose success ends the back-off', async () => {
    await start({ auth_url: `${upstream.url}/auth`, base_url: upstream.url });
    let isFixed = false;
    upstream.handle(({ path, res }) => {
      if (path === '/auth')
        sendJson(res, isFixed ? { token: 'tok-12345678' } : { error: 'locked' }, isFixed ? 200 : 403);
      else sendJson(res, completion());
    });
    expect((await ask()).status).toBe(500);
    isFixed = true;
    expect((await ask()).status).toBe(500);
    const test = async (body: object): Promise<unknown> =>
      (
        await fetch(`${gateway.url}/v1/models/login-model/test`, {
          method: 'POST',
          headers: {
            authorization: 'Bearer sk-test-caller-key-0001',
            'content-type': 'application/json',
          },
          body: JSON.stringify(body),
        })
      ).json();
    expect(await test({})).toMatchObject({ status: 'unavailable' });
    expect(await test({ force: true })).toMatchObject({ status: 'available' });
    expect((await ask()).status).toBe(200);
  });
});
