import { CookieJar } from './cookie-jar.js';

const AT = 'https://auth.corp.example/api/login';
const sentTo = (url: string, ...lines: string[]): string | undefined => {
  const jar = new CookieJar();
  jar.take(AT, lines);
  return jar.headerFor(url);
};

describe('CookieJar', () => {
  it.each([
    ['Expires in the past', 'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['Expires in the dashes of old servers', 'a=x; path=/; expires=Thu, 01-Jan-1970 00:00:01 GMT'],
    ['a last second', 'a=; Path=/; Expires=Wed, 09 Jun 2021 10:18:14 GMT; HttpOnly; Secure'],
    ['Max-Age of 0', 'a=gone; Path=/; Max-Age=0'],
    ['a negative Max-Age', 'a=gone; Path=/; max-age = -1'],
    ['Max-Age of 0 before a later Expires', 'a=; Path=/; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT'],
  ])('forgets a cookie by %s', (_how, line) => {
    expect(sentTo(AT, 'a=1; Path=/', 'b=2; Path=/', line)).toBe('b=2');
    const jar = new CookieJar();
    jar.take(AT, ['a=1; Path=/', line]);
    expect(jar.all()).toEqual({});
  });

  it.each([
    [
      'a later Max-Age before a past Expires',
      'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60',
      'a=1',
    ],
    ['Expires that is no date', 'a=1; Expires=0', 'a=1'],
    ['Max-Age that is no number', 'a=1; Max-Age=soon', 'a=1'],
    ['an equals sign in the value', 'a=b=c==; HttpOnly', 'a=b=c=='],
    ['quotes', 'a="b c"', 'a="b c"'],
    ['spaces around', '  a = b ; Path = / ', 'a=b'],
    ['an empty value', 'a=', 'a='],
    ['no name', 'lonely', undefined],
    ['a control character', 'a=b\u0007c', undefined],
    ['the domain of another', 'a=1; Domain=other.example', undefined],
    ['a domain above all', 'a=1; Domain=example', undefined],
  ])('reads %s', (_what, line, sent) => {
    expect(sentTo(AT, line)).toBe(sent);
  });

  it('sends each to the paths, hosts and schemes that it is meant for', () => {
    const lines = ['all=1; Path=/', 'here=2', 'deep=3; Path=/api/v2', 'safe=4; Path=/; Secure'];
    expect(sentTo('https://auth.corp.example/api/v2/x', ...lines)).toBe('deep=3; here=2; all=1; safe=4');
    expect(sentTo('https://auth.corp.example/apix', ...lines)).toBe('all=1; safe=4');
    expect(sentTo('http://auth.corp.example/', ...lines)).toBe('all=1');
    expect(sentTo('https://chat.corp.example/', ...lines)).toBeUndefined();
    expect(sentTo('https://chat.corp.example/', 'sso=1; Path=/; Domain=.corp.example')).toBe('sso=1');
    expect(sentTo('https://corp.example.evil.test/', 'sso=1; Path=/; Domain=corp.example')).toBeUndefined();
  });

  it('sends secure cookies in the clear to loopback only', () => {
    const jar = new CookieJar();
    for (const url of ['http://127.0.0.1:81/', 'http://svc:81/']) {
      jar.take(url, ['s=1; Secure']);
      expect(jar.headerFor(url)).toBe(url.includes('127') ? 's=1' : undefined);
    }
  });

  it('knows when one ends', () => {
    const jar = new CookieJar();
    jar.take(AT, ['a=1; Max-Age=60', 'b=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT', 'c=1'], 1000);
    expect([jar.endOf('a'), jar.endOf('b'), jar.endOf('c'), jar.endOf('d')]).toEqual([
      61_000,
      Date.UTC(2100, 0, 1),
      undefined,
      undefined,
    ]);
  });
});
