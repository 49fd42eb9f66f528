import { readAnswer } from '../curl/recorded-answer.js';
import { exchange, learned, json } from '../../../../test/fixtures/learning/learned.js';

describe('a refusal of the token', () => {
  const refusalOf = (good: object, expired: object) => {
    const login = exchange(json('https://h/login', { username: 'kim', password: 'planted-password' }), {
      ...good,
      result: { token: 'token-abcdef-1' },
    });
    const chat = exchange(json('https://h/chat', { question: 'hi' }, `-H 'x-token: token-abcdef-1'`), {
      ...good,
      result: { answer: 'Good day to you' },
    });
    const others = { expired: readAnswer(JSON.stringify(expired), 'chat.expired') };
    const { model, unsure } = learned([{ ...chat, others }], [login]);
    return { body: (model['login'] as Record<string, unknown>)['refused_when'], unsure: unsure.join() };
  };

  it.each([
    [{ success: true, code: '0' }, { success: false, code: 'A0230' }, "code = 'A0230'"],
    [{ success: true, code: '0' }, { success: false, code: '10401' }, "code = '10401'"],
    [{ success: true }, { success: false, errorCode: 'TOKEN_EXPIRED' }, "errorCode = 'TOKEN_EXPIRED'"],
    [{ success: true, code: 0 }, { success: false, code: 401 }, 'code = 401'],
  ])('is its code: %j, then %j', (good, expired, body) => {
    const learnedOf = refusalOf(good, { ...expired, message: 'session expired', result: null });
    expect((learnedOf.body as { body: string }).body.replaceAll('"', "'")).toBe(body);
    expect(learnedOf.unsure).not.toContain('login.refused_when');
  });

  it.each([{ success: false }, { success: false, status: 'error' }])(
    'is marked unsure if only %j indicates the failure',
    (expired) => {
      const { body, unsure } = refusalOf({ success: true }, { ...expired, message: 'session expired' });
      expect(body).toEqual({ body: 'success = false' });
      expect(unsure).toContain('login.refused_when');
    },
  );
});

describe('a login', () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"exp":1795876553}').toString('base64url')}.c2lnbmF0dXJl`;

  it('passes its CSRF token and cookie on, and puts the token behind the prefix of the service', () => {
    const { model, yaml } = learned(
      [
        exchange(
          json(
            'https://h/chat',
            { question: 'hi', userId: 'u-88231' },
            `-H 'authorization: Token ${jwt}' -H 'x-csrf: csrf-abcdef12' -b 'sid=s-1111-aaaa'`,
          ),
          { errno: 0, errmsg: '', data: { answer: 'Good day to you' } },
        ),
      ],
      [
        exchange(
          'curl https://h/csrf',
          'HTTP/1.1 200 OK\nset-cookie: sid=s-1111-aaaa; Path=/\n\n{"csrf":"csrf-abcdef12"}',
        ),
        exchange(
          json(
            'https://h/login',
            { data: { loginName: 'kim', loginPwd: 'planted-password' } },
            `-H 'x-csrf: csrf-abcdef12'`,
          ),
          { errno: 0, errmsg: '', data: { accessToken: jwt, userId: 'u-88231' } },
        ),
      ],
    );
    expect(model['login']).toMatchObject({
      steps: [
        { url: '/csrf', method: 'GET', send_as: 'none', keep: { csrf: 'body.csrf', sid: 'cookies.sid' } },
        { headers: { 'x-csrf': '{csrf}' }, success: 'body.errno = 0', keep: { userId: 'body.data.userId' } },
      ],
      token: 'body.data.accessToken',
      carry: { name: 'Authorization', prefix: 'Token ' },
      call_headers: { 'X-Csrf': 'csrf', Cookie: '"sid=" & sid' },
    });
    expect(model['request']).toMatchObject({
      body: expect.stringContaining('"userId": $login.userId') as string,
    });
    expect(yaml).not.toMatch(/planted|kim|csrf-abc|eyJ/);
  });

  it.each([
    [{ expires_in: 7200 }, { lifetime: 'body.expires_in' }, undefined],
    [
      { ticketExpire: 1795876553 },
      { lifetime: 'body.ticketExpire', lifetime_unit: 'epoch_seconds' },
      undefined,
    ],
    [
      { expireTime: 1795876553000 },
      { lifetime: 'body.expireTime', lifetime_unit: 'epoch_milliseconds' },
      undefined,
    ],
    [
      { expires_at: '2026-11-28T15:00:00+08:00' },
      { lifetime: 'body.expires_at', lifetime_unit: 'iso_date' },
      undefined,
    ],
    [{ expire: 86400000 }, { lifetime: 'body.expire', lifetime_unit: 'milliseconds' }, 'login.lifetime: '],
    [{ expire: 7200 }, { lifetime: 'body.expire' }, 'login.lifetime: '],
    [{ expire: 30 }, {}, 'token_cache_hours: body.expire is 30'],
    [
      { expires_at: '2026-11-28 15:00:00' },
      {},
      'token_cache_hours: body.expires_at is a date without a time zone',
    ],
    [{}, {}, 'token_cache_hours: the response does not say'],
  ])('gives the expiry of its token: %j', (fields, expected, doubt) => {
    const { model, unsure } = learned(
      [
        exchange(json('https://h/chat', { question: 'hi' }, `-H 'x-token: planted-token-1'`), {
          answer: 'Good day',
        }),
      ],
      [
        exchange(json('https://h/login', { username: 'kim', password: 'planted' }), {
          token: 'planted-token-1',
          ...fields,
        }),
      ],
    );
    const { lifetime, lifetime_unit: unit } = model['login'] as Record<string, unknown>;
    expect({
      ...(lifetime !== undefined && { lifetime }),
      ...(unit !== undefined && { lifetime_unit: unit }),
    }).toEqual(expected);
    if (doubt === undefined) expect(unsure.join()).not.toMatch(/lifetime|token_cache/);
    else expect(unsure).toContainEqual(expect.stringContaining(doubt));
  });

  it('beside HTTP Basic leaves it to the calls, and puts its token elsewhere', () => {
    const { model, unsure, yaml } = learned(
      [exchange(json('https://h/chat', { question: 'hi there' }, `-u 'app:planted-secret'`))],
      [
        exchange(json('https://h/login', { username: 'kim', password: 'planted-password' }), {
          token: 'token-abcdef-1',
        }),
      ],
    );
    expect(model['headers']).toEqual({ Authorization: 'Basic ${HOUSE_BASIC}' });
    expect(model['login']).toMatchObject({ token: 'body.token', carry: { in: 'header' } });
    expect(unsure.join()).toContain('login.carry: HTTP Basic');
    expect(yaml).not.toContain('planted');
    expect(yaml).not.toContain(Buffer.from('app:planted-secret').toString('base64'));
  });

  it.each([
    ['JSON', json('https://h/chat', { question: 'hi there', token: 'token-abcdef-1' })],
    ['a form', `curl https://h/chat -d 'question=hi+there&token=token-abcdef-1'`],
  ])('whose token the call has in its body is sure of it: %s', (_kind, command) => {
    const login = json('https://h/login', { username: 'kim', password: 'planted-password' });
    const { model, unsure, yaml } = learned(
      [exchange(command)],
      [exchange(login, { token: 'token-abcdef-1' })],
    );
    expect(model['login']).toMatchObject({ token: 'body.token' });
    expect(yaml).toContain('$login.login_token');
    expect(unsure.filter((each) => each.startsWith('login.token'))).toEqual([]);
    expect(unsure.filter((each) => each.startsWith('login.carry'))).toHaveLength(1);
  });

  it('sends a digest as the command does, or as it was made', () => {
    const digest = '5f4dcc3b5aa765d61d8327deb882cf99';
    const login = () => [
      exchange(json('https://h/login', { user: 'kim', password: digest }), { token: 'planted-token-1' }),
    ];
    const chat = () => [
      exchange(json('https://h/chat', { q: 'hi' }, `-H 'x-token: planted-token-1'`), { answer: 'Good day' }),
    ];
    const blind = learned(chat(), login());
    expect(blind.model['login']).toMatchObject({ username_field: 'user', token: 'body.token' });
    expect(blind.unsure.join()).toContain('password is a digest (32 hexadecimal characters)');
    const known = learned(chat(), login(), { knownPassword: 'password' });
    expect(known.model['login']).toMatchObject({
      body: expect.stringContaining('"password": $md5(password)') as string,
    });
  });
});
