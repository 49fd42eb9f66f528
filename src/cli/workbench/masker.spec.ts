import { GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { SecretRedactor } from '../../upstream/secret-redactor.js';
import { Masker, maskSecret } from './masker.js';

describe('Masker', () => {
  const masker = (): Masker => new Masker(new SecretRedactor(new LiveConfig(new GatewayConfig())));

  it('hides the secrets that it was given, in every spelling', () => {
    const it_ = masker();
    it_.add(['pä ss&1', undefined, '']);
    expect(it_.text('a pä ss&1 b p%C3%A4%20ss%261 c p%C3%A4+ss%261')).toBe(
      'a [redacted] b [redacted] c [redacted]',
    );
    expect(it_.value({ list: ['x pä ss&1'], n: 1, no: null }, false)).toEqual({
      list: ['x [redacted]'],
      n: 1,
      no: null,
    });
  });

  it('hides what is named like a secret', () => {
    const headers = { authorization: 'Bearer abc', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/plain' };
    expect(masker().value(headers, false)).toEqual({
      authorization: 'Bearer [redacted]',
      cookie: '[redacted]',
      'x-api-key': '[redacted]',
      accept: 'text/plain',
    });
    expect(masker().value('http://h/p?access_token=abc&page=2', false)).toBe(
      'http://h/p?access_token=[redacted]&page=2',
    );
    expect(masker().value({ usage: { prompt_tokens: 3 }, 'x-ratelimit-limit-tokens': '9' }, false)).toEqual({
      usage: { prompt_tokens: 3 },
      'x-ratelimit-limit-tokens': '9',
    });
  });

  it('masks text in a login response that looks like a token', () => {
    const answer = { data: 'eyJhbGciOiJIUzI1NiJ9', msg: 'welcome back', type: 'application/json', ok: 'yes' };
    expect(masker().value(answer, true)).toEqual({ ...answer, data: 'ey…J9 (20 characters)' });
    expect(masker().value(answer, false)).toEqual(answer);
  });

  it('leaves placeholders as they are', () => {
    const it_ = masker();
    it_.add(['TOKEN-OF-THE-LOGIN']);
    const headers = { authorization: 'Bearer TOKEN-OF-THE-LOGIN' };
    expect(it_.value(headers, false)).toEqual(headers);
  });

  it('shows two characters at either end at most', () => {
    expect(maskSecret('abcdefghijkl')).toBe('ab…kl (12 characters)');
    expect(maskSecret('abcdef')).toBe('… (6 characters)');
  });
});
