import { gzipSync } from 'node:zlib';
import { LoginRig, PASSWORD, TOKEN, errorOf } from '../support/login-rig.js';
import { sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

describe('a lifetime', () => {
  const inHalfAnHour = () => Date.now() + 1_800_000;
  it.each([
    ['seconds', () => 1800],
    ['seconds', () => '1800'],
    ['milliseconds', () => 1_800_000],
    ['epoch_seconds', () => Math.round(inHalfAnHour() / 1000)],
    ['epoch_milliseconds', inHalfAnHour],
    ['iso_date', () => new Date(inHalfAnHour()).toISOString()],
  ])('is read in %s', async (unit, ends) => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN, ends: ends() }));
    await rig.start({ lifetime: 'body.ends', lifetime_unit: unit });
    expect((await rig.ask()).status).toBe(200);
    const seconds = rig.logged('login succeeded')[0]!['token_lifetime_s'] as number;
    expect(Math.abs(seconds - 1800)).toBeLessThan(10);
  });

  it.each([
    ['seconds', 0, /an expiry in the past, by 0 s/],
    ['epoch_seconds', 1_700_000_000, /an expiry in the past, by \d+ s; expected epoch_seconds/],
    ['iso_date', '2020-01-01T00:00:00Z', /an expiry in the past/],
    ['iso_date', 'soon', /gave a string that is not a time; expected iso_date/],
    ['seconds', { planted: 1 }, /gave an object that is not a time; expected seconds/],
  ])('of %s: %s is a failed login with a clear message', async (unit, ends, message) => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN, ends }));
    await rig.start({ lifetime: 'body.ends', lifetime_unit: unit });
    const error = await errorOf(await rig.ask());
    expect(error).toMatchObject({ code: 'upstream_login_failed' });
    expect(error.message).toMatch(message);
    expect(rig.logged('login refused')[0]!['reason']).toMatch(message);
    await rig.ask();
    expect(rig.logins()).toHaveLength(1);
    expect(rig.chats()).toHaveLength(0);
  });

  it('is never longer than token_cache_hours, and equal to it if the response gives none', async () => {
    let answer: object = { token: TOKEN, ends: 99_999 };
    rig.serve(({ res }) => sendJson(res, answer));
    const login = { url: `${rig.upstream.url}/login`, lifetime: 'body.ends' };
    await rig.start(login, { token_cache_hours: 1 }, [
      { name: 'silent', token_cache_hours: 1, login: { ...login, fields: { other: 1 } } },
    ]);
    await rig.ask();
    answer = { token: TOKEN };
    await rig.ask('silent');
    expect(rig.logged('login succeeded').map((line) => line['token_lifetime_s'])).toEqual([3600, 3600]);
  });
});

describe('a response that is no success', () => {
  it('is recognized by an expression, with the reason that another finds, secrets removed', async () => {
    rig.serve(({ res }) =>
      sendJson(res, { code: 7, why: { text: `wrong ${PASSWORD} for demo` }, data: TOKEN }),
    );
    await rig.start({ success: 'body.code = 0', message: 'body.why.text', token: 'body.data' });
    const response = await rig.ask();
    expect(response.headers.get('x-upstream-status')).toBe('200');
    expect((await errorOf(response)).message).toBe(
      "The service refused the gateway's credential for 'm': The login was refused (HTTP 200): wrong [redacted] for demo.",
    );
    expect(rig.gateway.logText()).not.toContain('planted');
  });

  it.each([
    [403, 'refused'],
    [423, 'refused'],
    [429, 'put off'],
  ])('is not followed by a second login if it is a lock-out (HTTP %i)', async (status, verdict) => {
    rig.serve(({ res }) => sendJson(res, { msg: 'locked' }, status));
    await rig.start({ send_as: 'form' });
    expect(await errorOf(await rig.ask())).toMatchObject({
      code: 'upstream_login_failed',
      message: expect.stringContaining(`The login was ${verdict} (HTTP ${status}): locked.`) as string,
    });
    for (const response of await rig.askMany(20)) expect(response.status).toBe(500);
    expect(rig.logins()).toHaveLength(1);
  });

  it('is named as HTML if it is a page', async () => {
    rig.serve(({ res }) =>
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>Log in</p>'),
    );
    await rig.start({ token: 'body.data.token' });
    expect((await errorOf(await rig.ask())).message).toBe(
      "The login's token expression found nothing in a response that is not JSON (text/html); expected a string.",
    );
  });

  it('is no refusal if the service failed', async () => {
    rig.serve(({ res }) => sendJson(res, {}, 503));
    await rig.start({ success: 'true' });
    expect((await errorOf(await rig.ask())).message).toBe('The login service failed (HTTP 503).');
    expect(rig.logged('login failed')).toHaveLength(1);
  });
});

describe('an expression without end', () => {
  it('costs its own model a clear error once, and other models nothing', async () => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN }));
    const loop = '($f := function($x){ $f($x) }; $f(1))';
    await rig.start({ token: loop }, {}, [{ name: 'other', login: { url: `${rig.upstream.url}/other` } }]);
    const startedAt = Date.now();
    const [bad, good] = await Promise.all([rig.ask(), rig.ask('other')]);
    expect(good!.status).toBe(200);
    expect(await errorOf(bad!)).toMatchObject({
      code: 'upstream_login_failed',
      message: expect.stringMatching(/^The login's token expression took longer than 500 ms/) as string,
    });
    // 500 ms of processor time, however long a busy machine takes for them and for the start of a process.
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    await rig.askMany(10);
    expect(rig.logins().filter(({ path }) => path === '/login')).toHaveLength(1);
  });
});

describe('a response that is packed unasked', () => {
  it.each([
    ['read', gzipSync],
    ['read as it is when it is no packed one at all', (text: string) => Buffer.from(text)],
  ])('is %s', async (_what, pack) => {
    rig.serve(({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      res.end(pack(JSON.stringify({ token: TOKEN })));
    });
    await rig.start({});
    expect((await rig.ask()).status).toBe(200);
    expect(rig.chats()[0]!.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each([
    ['cut short', () => gzipSync(JSON.stringify({ token: TOKEN })).subarray(0, 20)],
    ['longer than any login answer once it is unpacked', () => gzipSync(Buffer.alloc(8 * 1024 * 1024, ' '))],
  ])('is a failed login when it is %s', async (_what, bytes) => {
    rig.serve(({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      res.end(bytes());
    });
    await rig.start({});
    expect(await errorOf(await rig.ask())).toMatchObject({ code: 'upstream_login_failed' });
    expect(rig.logged('login failed')).not.toHaveLength(0);
  });
});
