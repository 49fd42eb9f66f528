import { createHash, createHmac } from 'node:crypto';
import { GatewayConfig } from '../../src/config/gateway.config.js';
import { type RequestModelConfig } from '../../src/providers/request/request-model.config.js';
import { LOGINS, type LoginEvent } from '../../src/credentials/login/steps/login-trace.js';
import { LoginClient } from '../../src/credentials/login/login-client.js';
import { LoginRecipe } from '../../src/credentials/login/login-recipe.js';
import { LoginRig, PASSWORD, TOKEN, errorOf } from '../support/login-rig.js';
import { sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('a form login with a cookie session', () => {
  it('sends the form, takes the cookie of a redirect for the token, and shows it to calls', async () => {
    rig.serve(({ res }) =>
      res
        .writeHead(302, {
          location: '/home',
          'set-cookie': [`SESSION=${TOKEN}; Path=/; HttpOnly`, 'theme=x'],
        })
        .end(),
    );
    await rig.start({
      send_as: 'form',
      username_field: 'j_username',
      password_field: 'j_password',
      fields: { remember: true },
      success: 'status = 302',
      carry: { in: 'cookie', name: 'SESSION' },
    });
    expect((await rig.ask()).status).toBe(200);
    expect(rig.logins()[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(rig.logins()[0]!.body.toString()))).toEqual({
      j_username: 'demo',
      j_password: PASSWORD,
      remember: 'true',
    });
    expect(rig.chats()[0]!.headers).toMatchObject({ cookie: `SESSION=${TOKEN}` });
    expect(rig.chats()[0]!.headers.authorization).toBeUndefined();
  });
});

describe('a login of two steps', () => {
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const challenge = {
    url: undefined,
    steps: [
      {
        url: '/challenge/{username}',
        method: 'GET',
        send_as: 'none',
        keep: { salt: 'body.data.salt', tenant: 'body.data.tenant' },
      },
      {
        url: '/tenants/{tenant}/session',
        headers: { 'x-tenant': '{tenant}' },
        body: '{"user": username, "a": $sha256(salt & $md5(password)), "b": $hmac_sha256(salt, password), "c": $base64(username)}',
      },
    ],
    token: 'body.data',
    call_headers: { 'X-Tenant': 'tenant' },
    call_query: { uid: 'body.uid' },
  };

  function serveChallenge(): void {
    rig.serve(({ path, headers, body, res }) => {
      if (path === '/api/challenge/demo') {
        res.setHeader('set-cookie', 'challenge=c-77777; Path=/');
        return sendJson(res, { data: { salt: 'salt-of-77', tenant: 'tenant one' } });
      }
      const expected = {
        user: 'demo',
        a: sha(`salt-of-77${md5(PASSWORD)}`),
        b: createHmac('sha256', 'salt-of-77').update(PASSWORD).digest('hex'),
        c: Buffer.from('demo').toString('base64'),
      };
      const isGood =
        path === '/api/tenants/tenant%20one/session' &&
        headers.cookie === 'challenge=c-77777' &&
        headers['x-tenant'] === 'tenant one' &&
        body.toString() === JSON.stringify(expected);
      sendJson(
        res,
        isGood ? { data: TOKEN, uid: 4711 } : { message: `no: ${body.toString()}` },
        isGood ? 200 : 403,
      );
    });
  }

  it('answers a challenge with a hash, takes cookies along, and hands kept values to calls', async () => {
    serveChallenge();
    await rig.start(challenge);
    expect((await rig.ask()).status).toBe(200);
    expect(rig.chats()[0]!.path).toBe('/api/chat/completions?uid=4711');
    expect(rig.chats()[0]!.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'x-tenant': 'tenant one',
    });
  });

  it('names the step that failed, in the response and in the log, and no value', async () => {
    rig.serve(({ path, body, res }) =>
      path.endsWith('demo')
        ? sendJson(res, { data: { salt: 'salt-of-77', tenant: 't-secret-77' } })
        : sendJson(res, { message: `wrong: ${body.toString()} salt-of-77 t-secret-77` }, 403),
    );
    await rig.start(challenge);
    const error = await errorOf(await rig.ask());
    expect(error).toMatchObject({ code: 'upstream_login_failed' });
    expect(error.message).toMatch(/for 'm': Login step 2 of 2: the login was refused \(HTTP 403\): wrong: /);
    expect(error.message).not.toMatch(/salt-of-77|t-secret-77|[0-9a-f]{32}/);
    expect(rig.logged('login refused')[0]).toMatchObject({
      reason: 'Login step 2 of 2: the login was refused (HTTP 403)',
    });
    expect(rig.gateway.logText()).not.toMatch(/salt-of-77|t-secret-77|planted/);
  });

  it('fails if a step finds no value to keep', async () => {
    rig.serve(({ res }) => sendJson(res, { data: {} }));
    await rig.start(challenge);
    expect((await errorOf(await rig.ask())).message).toBe(
      "Login step 1 of 2: the login's keep.salt expression found nothing; expected a value.",
    );
    expect(rig.logins()).toHaveLength(1);
  });

  it('has ten seconds for both steps together', async () => {
    rig.serve(({ path, res }) => {
      if (path.endsWith('demo')) setTimeout(() => sendJson(res, { data: { salt: 's', tenant: 't' } }), 6000);
    });
    await rig.start(challenge);
    const startedAt = Date.now();
    expect((await errorOf(await rig.ask())).message).toBe(
      'Login step 2 of 2: the login took longer than 10 s.',
    );
    expect(Date.now() - startedAt).toBeLessThan(15_500);
  });
});

describe('a token', () => {
  it.each([
    ['a header', { token: 'headers."x-auth-token"', carry: { name: 'X-Auth-Token' } }],
    ['a cookie', { token: 'cookies.SID', carry: { name: 'X-Auth-Token', prefix: '' } }],
    ['the body', { token: 'body.deep[0].token', carry: { in: 'header', name: 'x-auth-token' } }],
    ['a text', { token: '$match(body.text, /t=([^;]+)/).groups[0]', carry: { name: 'X-Auth-Token' } }],
  ])('is taken from %s and shown in a header of its own', async (_where, login) => {
    rig.serve(({ res }) => {
      res.setHeader('x-auth-token', TOKEN);
      res.setHeader('set-cookie', `SID=${TOKEN}`);
      sendJson(res, { deep: [{ token: TOKEN }], text: `a=1;t=${TOKEN};` });
    });
    await rig.start(login);
    expect((await rig.ask()).status).toBe(200);
    expect(rig.chats()[0]!.headers['x-auth-token']).toBe(TOKEN);
    expect(rig.chats()[0]!.headers.authorization).toBeUndefined();
  });

  it('travels in the query, beside the parameters that are there, and is redacted from messages of the service', async () => {
    const token = 'tok en+77/planted';
    rig.serve(
      ({ res }) => sendJson(res, { token_: token }),
      ({ path, res }) => sendJson(res, { error: { message: `bad call ${path} ${token}` } }, 400),
    );
    await rig.start(
      {
        method: 'GET',
        send_as: 'query',
        username_field: 'client_id',
        password_field: 'client_secret',
        token: 'body.token_',
        carry: { in: 'query', name: 'access_token' },
      },
      { query: { v: '1' } },
    );
    const { message } = await errorOf(await rig.ask());
    expect(new URL(rig.logins()[0]!.path, 'http://x').searchParams.get('client_secret')).toBe(PASSWORD);
    const { searchParams } = new URL(rig.chats()[0]!.path, 'http://x');
    expect(Object.fromEntries(searchParams)).toEqual({ v: '1', access_token: token });
    expect(message).toContain('bad call');
    expect(message).not.toMatch(/planted/);
  });

  it.each([
    ['the field is missing', { token: 'body.tokn' }, /token expression found nothing; expected a string/],
    ['it is a number', { token: 'body.n' }, /token expression gave a number; expected a string/],
    ['no header can carry it', { token: 'body.bad' }, /gave a string that no header can carry/],
    ['the expression throws', { token: '$error("planted")' }, /token expression raised an error of its own/],
    ['it adds words', { token: '1 + body.bad' }, /token expression failed/],
  ])('fails the login clearly when %s, which is then left alone', async (_what, login, message) => {
    rig.serve(({ res }) => sendJson(res, { code: 0, n: 5, bad: 'planted\nvalue' }));
    await rig.start(login);
    const response = await rig.ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const error = await errorOf(response);
    expect(error.code).toBe('upstream_login_failed');
    expect(error.message).toMatch(message);
    await rig.askMany(5);
    expect(rig.logins()).toHaveLength(1);
    expect(rig.chats()).toHaveLength(0);
    expect(rig.gateway.logText()).not.toContain('planted');
  });
});

describe('one login', () => {
  it('serves 200 first requests at once', async () => {
    rig.serve(({ res }) => setTimeout(() => sendJson(res, { data: { key: TOKEN } }), 100));
    await rig.start({ token: 'body.data.key' });
    expect([...new Set((await rig.askMany(200)).map(({ status }) => status))]).toEqual([200]);
    expect(rig.logins()).toHaveLength(1);
  });

  it('serves all models of one account and one recipe, and no others', async () => {
    rig.serve(({ res }) => sendJson(res, { data: { key: TOKEN } }));
    const corp = { url: `${rig.upstream.url}/login`, token: 'body.data.key', fields: { app: 'chat', v: 1 } };
    await rig.start(corp, {}, [
      {
        name: 'same',
        login: { fields: { v: 1, app: 'chat' }, token: corp.token, url: corp.url, carry: { name: 'x-key' } },
      },
      { name: 'other-fields', login: { ...corp, fields: { app: 'other' } } },
      { name: 'other-account', login: corp, username: 'somebody' },
      { name: 'other-tenant', login: corp, headers: { 'x-tenant': '2' } },
    ]);
    await rig.ask();
    expect((await rig.ask('same')).status).toBe(200);
    expect(rig.logins()).toHaveLength(1);
    expect(rig.chats().at(-1)!.headers['x-key']).toBe(TOKEN);
    for (const name of ['other-fields', 'other-account', 'other-tenant']) await rig.ask(name);
    expect(rig.logins()).toHaveLength(4);
  });
});

describe('a login that is watched', () => {
  it('shows each step, what each expression gave, and the one that failed', async () => {
    rig.serve(({ path, res }) => sendJson(res, path === '/api/a' ? { salt: 's1' } : { data: TOKEN }));
    await rig.start({
      url: undefined,
      steps: [{ url: 'a', keep: { salt: 'body.salt' } }, { url: 'b' }],
      token: 'body.data',
      lifetime: 'body.data',
    });
    const [model] = rig.gateway.app.get(GatewayConfig).models as RequestModelConfig[];
    const recipe = new LoginRecipe(model!, undefined, 'demo', PASSWORD, 1000, model!.login);
    const events: LoginEvent[] = [];
    const endWatch = LOGINS.watch(({ event }) => void events.push(event));
    const login = rig.gateway.app.get(LoginClient, { strict: false }).login(recipe);
    await expect(login).rejects.toThrow('gave a string that is not a time');
    endWatch();
    expect(events).toMatchObject([
      { kind: 'sent', step: 'Login step 1 of 2', request: { method: 'POST' } },
      { kind: 'answered', answer: { status: 200, body: { salt: 's1' } } },
      { kind: 'expression', name: 'keep.salt', source: 'body.salt', result: 's1' },
      { kind: 'sent', step: 'Login step 2 of 2' },
      { kind: 'answered' },
      { kind: 'expression', name: 'token', result: TOKEN },
      { kind: 'expression', name: 'lifetime' },
      { kind: 'failed expression', name: 'lifetime', source: 'body.data', input: { body: { data: TOKEN } } },
    ]);
  });
});
