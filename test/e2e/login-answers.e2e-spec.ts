import { LoginRig, TOKEN, errorOf } from '../support/login-rig.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

let rig: LoginRig;
beforeEach(async () => {
  rig = await LoginRig.open();
});
afterEach(() => rig.close());

const inSeconds = (seconds: number): number => Date.now() + seconds * 1000;
const iso = (atMs: number): string => new Date(atMs).toISOString();
/** Local time in Shanghai, without a time zone. */
const inShanghai = (atMs: number): string =>
  iso(atMs + 8 * 3_600_000)
    .slice(0, 19)
    .replace('T', ' ');
const jwt = (claims: object): string =>
  [{ alg: 'none' }, claims, 'x']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
const lifetime = (): number => rig.logged('login succeeded')[0]!['token_lifetime_s'] as number;

describe('the expiry of a token that the recipe does not describe', () => {
  it.each<[string, () => object]>([
    ['expires_in', () => ({ token: TOKEN, expires_in: 1800 })],
    ['expires_at in seconds', () => ({ token: TOKEN, expires_at: Math.round(inSeconds(1800) / 1000) })],
    ['expiresAt in milliseconds', () => ({ data: { token: TOKEN, expiresAt: inSeconds(1800) } })],
    [
      'expireTime as a text of digits',
      () => ({ result: { token: TOKEN, expireTime: `${inSeconds(1800)}` } }),
    ],
    ['expiration as a date with a zone', () => ({ token: TOKEN, expiration: iso(inSeconds(1800)) })],
    ['expires as an HTTP date', () => ({ token: TOKEN, expires: new Date(inSeconds(1800)).toUTCString() })],
    ['exp inside a JWT', () => ({ access_token: jwt({ exp: Math.round(inSeconds(1800) / 1000) }) })],
    ['the shorter of two', () => ({ token: TOKEN, expires_in: 7200, expires_at: iso(inSeconds(1800)) })],
  ])('is read from %s', async (_what, answer) => {
    rig.serve(({ res }) => sendJson(res, answer()));
    await rig.start({});
    expect((await rig.ask()).status).toBe(200);
    expect(Math.abs(lifetime() - 1800)).toBeLessThan(10);
  });

  it('is read beside a token that a recipe finds, and from the expiry of a cookie', async () => {
    rig.serve(({ path, res }) => {
      res.setHeader('set-cookie', 'SID=planted-cookie-1; Max-Age=1800; Path=/');
      sendJson(
        res,
        path === '/login' ? { deep: { er: { ticket: TOKEN, expireAt: iso(inSeconds(1800)) } } } : {},
      );
    });
    const account = { auth_url: `${rig.upstream.url}/session` };
    await rig.start({ token: 'body.deep.er.ticket' }, {}, [
      { name: 'cookie', ...account, login: { carry: { in: 'cookie', name: 'SID' } } },
    ]);
    await rig.ask();
    await rig.ask('cookie');
    const lifetimes = rig.logged('login succeeded').map((line) => line['token_lifetime_s'] as number);
    expect(lifetimes.map((seconds) => Math.abs(seconds - 1800) < 10)).toEqual([true, true]);
  });

  it.each<[string, () => object]>([
    ['a number that may be a time span', () => ({ token: TOKEN, expires: 900_000 })],
    ['a time without a zone', () => ({ token: TOKEN, expireTime: inShanghai(inSeconds(1800)) })],
    ['an end in the past', () => ({ token: TOKEN, exp: 1_700_000_000 })],
    ['the end of something else', () => ({ token: TOKEN, user: { expires_at: iso(inSeconds(60)) } })],
    ['the end of a refresh token', () => ({ token: TOKEN, refresh_expires_at: iso(inSeconds(60)) })],
    ['an end after token_cache_hours', () => ({ token: TOKEN, expires_at: iso(inSeconds(999_999)) })],
    ['words', () => ({ token: TOKEN, expires: 'never' })],
  ])('is not guessed from %s', async (_what, answer) => {
    rig.serve(({ res }) => sendJson(res, answer()));
    await rig.start({}, { token_cache_hours: 1 });
    expect((await rig.ask()).status).toBe(200);
    expect(lifetime()).toBe(3600);
  });

  it('is read in the declared time zone', async () => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN, expireTime: inShanghai(inSeconds(1800)) }));
    await rig.start({ time_zone: 'Asia/Shanghai' });
    await rig.ask();
    expect(Math.abs(lifetime() - 1800)).toBeLessThan(10);
  });
});

describe('an iso_date without a zone', () => {
  it.each(['2100-01-01T00:00:00', '2100-01-01 00:00:00', '2100-01-01'])(
    'is refused with a clear message: %s',
    async (ends) => {
      rig.serve(({ res }) => sendJson(res, { token: TOKEN, ends }));
      await rig.start({ lifetime: 'body.ends', lifetime_unit: 'iso_date' });
      expect((await errorOf(await rig.ask())).message).toContain('gave a time without a time zone');
    },
  );

  it('is read in the declared time zone', async () => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN, ends: inShanghai(inSeconds(1800)) }));
    await rig.start({ lifetime: 'body.ends', lifetime_unit: 'iso_date', time_zone: '+08:00' });
    await rig.ask();
    expect(Math.abs(lifetime() - 1800)).toBeLessThan(10);
  });
});

describe('the cookies of a login', () => {
  const STEPS = [{ url: '/login/a' }, { url: '/login/b', send_as: 'none' }];
  const cookiesOf = async (...lines: string[]): Promise<string | undefined> => {
    rig.serve(({ path, res }: UpstreamCall) => {
      if (path.endsWith('/a')) res.setHeader('set-cookie', lines);
      sendJson(res, { token: TOKEN });
    });
    await rig.start({ url: undefined, steps: STEPS });
    expect((await rig.ask()).status).toBe(200);
    return rig.logins()[1]!.headers.cookie;
  };

  it('are sent on, one that is set twice once, and one that is deleted not at all', async () => {
    expect(
      await cookiesOf(
        'old=1; Path=/',
        'twice=1; Path=/',
        'twice=a=b==; Path=/',
        'quoted="x y"; Path=/; Secure; HttpOnly; SameSite=Lax',
        'old=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        'gone=1; Path=/; Max-Age=-1',
        'elsewhere=1; Path=/other',
        'foreign=1; Path=/; Domain=other.example',
      ),
    ).toBe('twice=a=b==; quoted="x y"');
  });

  it('are taken from a redirect, too, which is not followed', async () => {
    rig.serve(({ res }) => {
      res
        .writeHead(302, { location: '/home', 'set-cookie': [`SID=${TOKEN}; Path=/`, 'SID2=; Max-Age=0'] })
        .end();
    });
    await rig.start({ success: 'status = 302', carry: { in: 'cookie', name: 'SID' } });
    expect((await rig.ask()).status).toBe(200);
    expect(rig.chats()[0]!.headers.cookie).toBe(`SID=${TOKEN}`);
    expect(rig.logins()).toHaveLength(1);
  });

  it('are not the token if they are deleted again', async () => {
    rig.serve(({ res }) => {
      res.setHeader('set-cookie', ['SID=1; Path=/', 'SID=; Path=/; Expires=Thu, 01-Jan-1970 00:00:00 GMT']);
      sendJson(res, { msg: 'no session' });
    });
    await rig.start({ carry: { in: 'cookie', name: 'SID' } });
    expect((await errorOf(await rig.ask())).message).toBe('The login response holds no token: no session.');
  });
});

describe('a token that is a long number', () => {
  const BIG = '12345678901234567890';
  it.each([
    ['in a field', `{"token": ${BIG}}`, {}],
    ['under data', `{"code": 0, "data": {"access_token":${BIG}}}`, {}],
    ['as the whole answer', BIG, {}],
    ['found by an expression', `{"d": {"id": ${BIG}, "text": "not ${BIG}"}}`, { token: 'body.d.id' }],
  ])('is exact %s', async (_where, answer, login) => {
    rig.serve(({ res }) => sendJson(res, answer));
    await rig.start(login);
    expect((await rig.ask()).status).toBe(200);
    expect(rig.chats()[0]!.headers.authorization).toBe(`Bearer ${BIG}`);
  });

  it('is exact if it is kept for calls and for later steps', async () => {
    rig.serve(({ res }) => sendJson(res, `{"token": "${TOKEN}", "tenant": -9007199254740993}`));
    await rig.start({
      url: undefined,
      steps: [
        { url: '/login/a', keep: { tenant: 'body.tenant' } },
        { url: '/login/{tenant}', send_as: 'none' },
      ],
      call_headers: { 'x-tenant': 'tenant' },
    });
    await rig.ask();
    expect(rig.logins()[1]!.path).toBe('/api/login/-9007199254740993');
    expect(rig.chats()[0]!.headers['x-tenant']).toBe('-9007199254740993');
  });
});

describe('a hostile or broken login response', () => {
  it('that never ends fails at the size limit, before the time limit', async () => {
    rig.serve(({ res }) => {
      const chunk = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        while (!res.destroyed && res.write(chunk));
        if (!res.destroyed) res.once('drain', more);
      };
      more();
    });
    await rig.start({});
    const startedAt = Date.now();
    expect(await errorOf(await rig.ask())).toMatchObject({ code: 'upstream_login_failed' });
    // The login's time limit is ten seconds.
    expect(Date.now() - startedAt).toBeLessThan(9000);
  });

  it.each([
    ['a line end', 'token-1\r\nx-evil: 1'],
    ['a control character', 'token-1\u0000'],
    ['a character beyond ASCII', 'token-密码'],
    ['far too many characters', 'x'.repeat(100_000)],
  ])('whose token has %s fails, and nothing of it is sent', async (_what, token) => {
    rig.serve(({ res }) => sendJson(res, { token }));
    await rig.start({});
    const error = await errorOf(await rig.ask());
    expect(error).toMatchObject({ code: 'upstream_login_failed' });
    expect(error.message).toContain('no header can carry');
    expect(error.message).not.toContain(token.slice(0, 20));
    expect(rig.chats()).toHaveLength(0);
  });

  it.each([
    ['/elsewhere', ''],
    ['https://user:word@sso.example/way?ticket=t-77', ' to https://sso.example'],
  ])('is reported if it redirects (%s)', async (location, target) => {
    rig.serve(({ res }) => res.writeHead(302, { location }).end());
    await rig.start({});
    expect((await errorOf(await rig.ask())).message).toBe(
      `The service refused the gateway's credential for 'm': The login was refused (HTTP 302): it responds with a redirect${target}, which is not followed.`,
    );
    expect(rig.logins()).toHaveLength(1);
  });

  it('is reported if it is too long', async () => {
    rig.serve(({ res }) => sendJson(res, { token: TOKEN, menu: 'x'.repeat(5_000_000) }));
    await rig.start({});
    expect((await errorOf(await rig.ask())).message).toMatch(
      /The login response cannot be read: .* longer than/,
    );
  });

  it.each([true, false])(
    'with the scheme in front of the token: calls carry the scheme once (recipe: %s)',
    async (isRecipe) => {
      rig.serve(
        ({ res }) => sendJson(res, { token: `Bearer ${TOKEN}` }),
        ({ res }) => sendJson(res, { error: { message: `bad ${TOKEN}` } }, 400),
      );
      await rig.start({}, isRecipe ? {} : { login: undefined, auth_url: `${rig.upstream.url}/login` });
      const text = await (await rig.ask()).text();
      expect(rig.chats()[0]!.headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(text).toContain('bad [redacted]');
    },
  );

  it.each([
    ['OpenAI', { error: { code: 'bad', message: 'Wrong password' } }],
    ['WeChat', { errcode: 40_001, errmsg: 'Wrong password' }],
    ['a list', { errors: [{ message: 'Wrong password' }] }],
    ['MiniMax', { base_resp: { status_code: 1004, status_msg: 'Wrong password' } }],
    ['a page', '<html><head><title>Wrong password</title></head></html>'],
  ])('is quoted if its message has the form of %s', async (_shape, body) => {
    rig.serve(({ res }) => sendJson(res, body, 401));
    await rig.start({});
    expect((await errorOf(await rig.ask())).message).toContain('(HTTP 401): Wrong password.');
  });
});
