import { LoginRig, PASSWORD, errorOf, refuse, times } from '../support/login-rig.js';
import { poll } from '../support/cli-process.js';
import { TEST_KEY, type TestConfig, until } from '../support/start-gateway.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('a refused login is not tried again before its time', () => {
  it('by chats, streams and model tests', async () => {
    rig.serve(refuse);
    await rig.start({});
    await times(5, () => rig.ask());
    expect(rig.logins()).toHaveLength(1);
    for (const result of await times(10, () => rig.testModel()))
      expect(result).toMatchObject({ status: 'unavailable', error: { code: 'upstream_login_failed' } });
    await Promise.all(Array.from({ length: 20 }, () => rig.testModel()));
    await rig.ask('m', true);
    expect(rig.logins()).toHaveLength(1);
  });

  it('by another model of the same account, with headers of its own', async () => {
    rig.serve(refuse);
    const login = { url: `${rig.upstream.url}/login` };
    await rig.start({}, { headers: { 'x-app': 'a' } }, [
      { name: 'other', login, headers: { 'x-app': 'b' } },
      { name: 'third', auth_url: `${rig.upstream.url}/login` },
    ]);
    for (const model of ['m', 'other', 'third']) {
      await rig.ask(model);
      await rig.testModel(undefined, TEST_KEY, model);
    }
    expect(rig.logins()).toHaveLength(1);
  });

  it('by a successful test with the token of before', async () => {
    let isLocked = false;
    rig.serve((call) => (isLocked ? refuse(call) : sendJson(call.res, { token: 'token-1', expires_in: 2 })));
    await rig.start({});
    await rig.ask();
    isLocked = true;
    await new Promise((resolve) => setTimeout(resolve, 1850));
    // The token's last tenth: it serves on while its renewal is refused.
    await rig.ask();
    await until(() => rig.logins().length === 2);
    await until(() => rig.logged('login refused').length === 1);
    await rig.testModel();
    await rig.ask();
    await rig.testModel();
    await rig.ask();
    expect(rig.logins()).toHaveLength(2);
  });
});

describe('a reload', () => {
  const config = (more: Record<string, unknown>, other: Record<string, unknown> = {}): TestConfig => ({
    models: {
      request: [
        {
          name: 'm',
          base_url: `${rig.upstream.url}/api`,
          username: 'demo',
          password: PASSWORD,
          login: { url: `${rig.upstream.url}/login` },
          ...more,
        },
      ],
      openai: [{ name: 'other', base_url: `${rig.upstream.url}/api`, ...other }],
    },
  });

  it('of the same file, or with a change of another model, does not retry a refused login', async () => {
    rig.serve(refuse);
    await rig.start({}, {}, [], config({}) as unknown as Record<string, unknown>);
    await rig.ask();
    await rig.gateway.reload(config({}));
    await rig.ask();
    await rig.gateway.reload(config({}, { max_tokens: 7 }));
    await rig.ask();
    await rig.testModel();
    expect(rig.logins()).toHaveLength(1);
  });

  it('with a change of the model or of its password ends the pause', async () => {
    rig.serve(refuse);
    await rig.start({}, {}, [], config({}) as unknown as Record<string, unknown>);
    await rig.ask();
    await rig.gateway.reload(config({ headers: { 'x-app': 'b' } }));
    await rig.ask();
    expect(rig.logins()).toHaveLength(2);
    await rig.gateway.reload(config({ password: 'another-password' }));
    await rig.ask();
    await rig.ask();
    expect(rig.logins()).toHaveLength(3);
  });
});

describe('a forced test', () => {
  const ADMIN = 'sk-test-of-the-admin-0001';
  const PLAIN = 'sk-test-of-the-others-0001';
  const keys = { api_keys: [{ key: ADMIN, admin: true }, PLAIN] };

  it('by an admin tries a refused login once, and its success ends the pause', async () => {
    let isFixed = false;
    rig.serve((call) => (isFixed ? sendJson(call.res, { token: 'token-1' }) : refuse(call)));
    await rig.start({}, {}, [], { auth: keys });
    await rig.testModel(undefined, ADMIN);
    expect(await rig.testModel({ force: true }, ADMIN)).toMatchObject({ status: 'unavailable' });
    expect(rig.logins()).toHaveLength(2);
    await rig.testModel({ force: false }, ADMIN);
    await rig.testModel({}, ADMIN);
    expect(rig.logins()).toHaveLength(2);
    isFixed = true;
    expect(await rig.testModel({ force: true }, ADMIN)).toMatchObject({ status: 'available' });
    expect(await rig.testModel({}, PLAIN)).toMatchObject({ status: 'available' });
    expect(rig.logins()).toHaveLength(3);
  });

  it('is one login however many come at once, and however many deployments share the account', async () => {
    // Long enough for all that come at once to come before its end, on a busy machine as well.
    let loginMs = 100;
    rig.serve(({ res }) => void setTimeout(() => sendJson(res, { message: 'no' }, 401), loginMs));
    const login = { url: `${rig.upstream.url}/login` };
    const deployment = { login, username: 'demo', password: PASSWORD };
    await rig.start({}, {}, [], {
      auth: keys,
      models: {
        request: [
          {
            name: 'm',
            deployments: ['a', 'b', 'c'].map((name) => ({
              ...deployment,
              name,
              base_url: `${rig.upstream.url}/api`,
            })),
          },
        ],
      },
    });
    await rig.testModel(undefined, ADMIN);
    expect(rig.logins()).toHaveLength(1);
    await rig.testModel({ force: true }, ADMIN);
    expect(rig.logins()).toHaveLength(2);
    loginMs = 3000;
    await Promise.all(Array.from({ length: 20 }, () => rig.testModel({ force: true }, ADMIN)));
    expect(rig.logins()).toHaveLength(3);
  });

  it('is refused to a key that is no admin if another key is', async () => {
    rig.serve(refuse);
    await rig.start({}, {}, [], { auth: keys });
    await rig.testModel(undefined, PLAIN);
    const answer = await rig.postTest({ force: true }, PLAIN, 'm');
    expect(answer.status).toBe(403);
    expect(await errorOf(answer)).toMatchObject({ code: 'admin_required', param: 'force' });
    expect((await rig.postTest({ force: true }, PLAIN, 'unknown')).status).toBe(404);
    expect((await rig.postTest({ force: false }, PLAIN, 'm')).status).toBe(200);
    expect((await rig.postTest({ force: null }, PLAIN, 'm')).status).toBe(200);
    expect((await rig.postTest({ force: 'yes' }, ADMIN, 'm')).status).toBe(400);
    expect(rig.logins()).toHaveLength(1);
  });

  it('causes no login storm if no key is an admin, and is refused to keys for some models only', async () => {
    rig.serve(refuse);
    const api_keys = [PLAIN, { key: ADMIN, models: ['m'] }];
    await rig.start({}, {}, [], { auth: { api_keys } });
    await rig.testModel(undefined, PLAIN);
    for (const result of await times(5, () => rig.testModel({ force: true }, PLAIN)))
      expect(result).toMatchObject({ status: 'unavailable' });
    expect(rig.logins()).toHaveLength(2);
    expect(await errorOf(await rig.postTest({ force: true }, ADMIN, 'm'))).toMatchObject({
      code: 'admin_required',
    });
  });

  it('is open to every client if no key is required', async () => {
    rig.serve(refuse);
    await rig.start({}, {}, [], { auth: { enabled: false } });
    await rig.testModel();
    await times(2, () => rig.testModel({ force: true }));
    expect(rig.logins()).toHaveLength(3);
  });
});

describe('a login that is postponed', () => {
  it.each([
    ['HTTP 429', ({ res }: UpstreamCall) => sendJson(res, { msg: 'slow down' }, 429)],
    ['HTTP 408', ({ res }: UpstreamCall) => sendJson(res, {}, 408)],
    ['a code 429 under HTTP 200', ({ res }: UpstreamCall) => sendJson(res, { code: 429, msg: 'busy' })],
    ['a code "429" under HTTP 200', ({ res }: UpstreamCall) => sendJson(res, { code: '429', data: null })],
  ])('by %s is no verdict on the password, and is tried again a second later', async (_how, putOff) => {
    let isBusy = true;
    const loginsAt: number[] = [];
    rig.serve((call) => {
      loginsAt.push(performance.now());
      return isBusy ? putOff(call) : sendJson(call.res, { token: 'token-1' });
    });
    await rig.start({});
    expect(await errorOf(await rig.ask())).toMatchObject({ code: 'upstream_login_failed' });
    await rig.askMany(5);
    expect(await rig.tokenState()).toMatchObject({ state: 'failing', last_login_failure: 'failed' });
    isBusy = false;
    await poll(async () => (await rig.ask()).status === 200, 5000);
    for (let at = 1; at < loginsAt.length; at++)
      expect(loginsAt[at]! - loginsAt[at - 1]!).toBeGreaterThan(990);
  });

  it.each([
    ['seconds', () => '120', 120],
    ['an HTTP date', () => new Date(Date.now() + 120_000).toUTCString(), 120],
    ['an absurd time', () => '999999999', 3600],
  ])('waits as long as Retry-After asks, in %s', async (_how, retryAfter, seconds) => {
    rig.serve(({ res }) => {
      res.setHeader('retry-after', retryAfter());
      sendJson(res, { msg: 'slow down' }, 429);
    });
    await rig.start({});
    const askedAt = Date.now();
    await rig.ask();
    const answeredAt = Date.now();
    const { paused_until, state } = await rig.tokenState();
    expect(state).toBe('failing');
    const endsAt = Date.parse(String(paused_until)) - seconds * 1000;
    // A date is one of whole seconds.
    expect(endsAt).toBeGreaterThan(askedAt - 1001);
    expect(endsAt).toBeLessThan(answeredAt + 1001);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await rig.ask();
    await rig.testModel();
    expect(rig.logins()).toHaveLength(1);
  });

  it('waits as long as a 503 with Retry-After asks', async () => {
    rig.serve(({ res }) => {
      res.setHeader('retry-after', '60');
      sendJson(res, {}, 503);
    });
    await rig.start({});
    await rig.ask();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await rig.ask();
    expect(rig.logins()).toHaveLength(1);
  });
});
