import { LoginRig, errorOf, refuse, times } from '../support/login-rig.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('a refused fresh token', () => {
  /** Sessions of one account: a login ends the session before, and a stranger may log in as well. */
  function serveSessions(isGood: (token: number) => boolean): { issued: () => number } {
    let issued = 0;
    rig.serve(
      ({ res }) => sendJson(res, { token: `token-${++issued}` }),
      ({ headers, res }) => {
        const token = Number(String(headers.authorization).split('-')[1]);
        return isGood(token) ? sendJson(res, completion()) : sendJson(res, { error: 'ended' }, 401);
      },
    );
    return { issued: () => issued };
  }

  it.each([
    ['a chat', () => rig.ask()],
    ['a stream', () => rig.ask('m', true)],
    ['a test', () => rig.postTest(undefined, TEST_KEY, 'm')],
  ])('is followed by one login and one repeat: %s', async (_what, call) => {
    const sessions = serveSessions((token) => token >= 2);
    await rig.start({});
    const answer = await call();
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('unavailable');
    expect([sessions.issued(), rig.chats().length]).toEqual([2, 2]);
    expect((await rig.ask()).status).toBe(200);
    expect(sessions.issued()).toBe(2);
  });

  it('is replaced by one login for all that hold it', async () => {
    const sessions = serveSessions((token) => token >= 2);
    await rig.start({});
    for (const answer of await rig.askMany(30)) expect(answer.status).toBe(200);
    expect(sessions.issued()).toBe(2);
    expect(rig.chats().length).toBeLessThanOrEqual(60);
  });

  it('and its refused successor cause a pause for chats and tests, with no further login or call', async () => {
    const sessions = serveSessions(() => false);
    await rig.start({});
    expect(await errorOf(await rig.ask())).toMatchObject({ code: 'upstream_auth_failed' });
    expect([sessions.issued(), rig.chats().length]).toEqual([2, 2]);
    for (const answer of await rig.askMany(20))
      expect(await errorOf(answer)).toMatchObject({ code: 'upstream_auth_failed' });
    await times(5, () => rig.testModel());
    expect([sessions.issued(), rig.chats().length]).toEqual([2, 2]);
    expect(await rig.tokenState()).toMatchObject({ state: 'credentials_refused' });
    expect((await rig.tokenState())['paused_until']).not.toBeNull();
  });

  it('does not count if a call has succeeded in between: a session may be taken over again and again', async () => {
    let oldest = 1;
    const sessions = serveSessions((token) => token >= oldest);
    await rig.start({});
    for (let round = 1; round <= 4; round++) {
      expect((await rig.ask()).status).toBe(200);
      oldest = sessions.issued() + 1;
    }
    expect(sessions.issued()).toBe(4);
  });
});

describe('a model that is refused with the token of others', () => {
  it('pauses alone, and ends their session once', async () => {
    let issued = 0;
    rig.serve(
      ({ res }) => sendJson(res, { token: `token-${++issued}` }),
      ({ headers, res }) =>
        headers['x-app'] === 'bad' ? sendJson(res, { error: 'no' }, 401) : sendJson(res, completion()),
    );
    const login = { url: `${rig.upstream.url}/login` };
    await rig.start({}, {}, [{ name: 'bad', login, headers: { 'x-app': 'bad' } }]);
    expect((await rig.ask()).status).toBe(200);
    for (let round = 1; round <= 5; round++) {
      expect(await errorOf(await rig.ask('bad'))).toMatchObject({ code: 'upstream_auth_failed' });
      expect((await rig.ask()).status).toBe(200);
    }
    expect(issued).toBeLessThanOrEqual(3);
    await new Promise((resolve) => setTimeout(resolve, 5100));
    const before = issued;
    expect(await errorOf(await rig.ask('bad'))).toMatchObject({ code: 'upstream_auth_failed' });
    expect((await rig.ask()).status).toBe(200);
    expect(issued).toBe(before);
  });
});

describe('a probe', () => {
  const probe = (kind: string): Record<string, unknown> => ({
    probe: { kind, interval_seconds: 1, jitter_percent: 0, timeout_seconds: 1 },
  });

  it.each(['login', 'models', 'chat'])('of the %s kind does not retry a refused login', async (kind) => {
    rig.serve(refuse, refuse);
    await rig.start({}, probe(kind));
    await until(() => rig.logins().length >= 1);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(rig.logins()).toHaveLength(1);
  });

  it('that lists models renews a refused token once, and pauses after the second', async () => {
    let issued = 0;
    rig.upstream.handle(({ path, res }) =>
      path === '/login' ? sendJson(res, { token: `token-${++issued}` }) : sendJson(res, {}, 401),
    );
    await rig.start({}, probe('models'));
    await until(() => issued === 2);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(issued).toBe(2);
  });
});
