import { SecretMatcher } from './secret-matcher.js';

const SECRET = 'sk-pro/d+"Ü& <7>\\x';
const FORM = new URLSearchParams({ x: SECRET }).toString().slice(2);
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const lower = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

describe('a secret is found', () => {
  const matcher = new SecretMatcher([SECRET]);

  it.each([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', lower(encodeURIComponent(SECRET))],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['percent-encoded in part', encodeURI(SECRET)],
    ['as a form', FORM],
    ['as a form in lower case', lower(FORM)],
    ['inside a JSON string', JSON.stringify(SECRET).slice(1, -1)],
    ['inside JSON inside JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['with the escapes of PHP', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    [
      'with the escapes of Python and Go',
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replaceAll('Ü', '\\u00dc')
        .replaceAll('&', '\\u0026')
        .replaceAll('<', '\\u003C'),
    ],
    ['in HTML', 'sk-pro/d+&quot;Ü&amp; &lt;7&gt;\\x'],
    ['in HTML by numbers', 'sk-pro&#x2F;d+&#34;&#220;&#38; &#60;7&gt;\\x'],
    ['in base64', b64(SECRET)],
    ['in base64 without padding', b64(SECRET).replaceAll('=', '')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in base64 in an address', encodeURIComponent(b64(SECRET))],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in upper-case hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ])('%s', (_how, spelled) => {
    expect(matcher.redact(`before ${spelled} after`)).toBe('before [redacted] after');
    expect(matcher.finds(`before ${spelled} after`)).toBe(true);
  });

  it.each(['u:', 'us:', 'user:', '{"password":"'])('in base64 behind %j', (before) => {
    const clean = matcher.redact(`Basic ${b64(before + SECRET)}`);
    expect(clean).toContain('[redacted]');
    expect(Buffer.from(clean.slice(6).split('[')[0]!, 'base64').toString()).not.toContain('sk');
  });

  it('wherever it occurs, and however often', () => {
    expect(matcher.redact(`${SECRET}${SECRET}x${SECRET}`)).toBe('[redacted][redacted]x[redacted]');
  });
});

it('takes secrets that hold or overlap each other as a whole', () => {
  const matcher = new SecretMatcher(['secret', 'my-secret-of-old', 'old-and-gold']);
  expect(matcher.redact('a my-secret-of-old-and-gold b')).toBe('a [redacted] b');
});

describe('a short secret', () => {
  const matcher = new SecretMatcher(['p', '7a', 'abcd']);

  it.each([
    ['http is not p', 'http is not [redacted]'],
    ['p, "p" and password=p!', '[redacted], "[redacted]" and password=[redacted]!'],
    ['top7a 7a 7ab', 'top7a [redacted] 7ab'],
    ['密码p错误, épée', '密码[redacted]错误, épée'],
    [`${b64('abcd')} x${b64('abcd')}`, `[redacted] x${b64('abcd')}`],
    ['70 cA 3761', '70 cA 3761'],
  ])('is a word by itself in %j', (text, clean) => {
    expect(matcher.redact(text)).toBe(clean);
  });
});

it('does not take long over a long text that is made to be slow', () => {
  const matcher = new SecretMatcher(
    Array.from({ length: 100 }, (_, index) => `sk-/${'\\'.repeat(9)}"${index}`),
  );
  const startedAt = performance.now();
  for (const text of ['\\', '%25', '&amp;', 'sk-', 'c2st'].map((part) => part.repeat(10_000))) {
    expect(matcher.redact(text)).toBe(text);
  }
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

it('leaves a text without secrets, and one shorter than any, as it is', () => {
  const matcher = new SecretMatcher(['long-enough', '']);
  expect(matcher.redact('long')).toBe('long');
  expect(matcher.redact('nothing to be seen here')).toBe('nothing to be seen here');
  expect(new SecretMatcher([]).redact('')).toBe('');
});
