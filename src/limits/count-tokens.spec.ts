import { countTokens } from './count-tokens.js';

describe('countTokens', () => {
  const scope = (limits: object) => ({ kind: 'key' as const, name: 'k', limits });

  it.each([
    ['no limits', [], false],
    ['limits of requests and concurrency', [scope({ requests_per_minute: 1, max_concurrent: 1 })], false],
    ['a limit of tokens', [scope({}), scope({ tokens_per_minute: 1 })], true],
    ['a budget', [scope({ budget: { usd: 1, per: 'month' } })], true],
  ])('is said of %s', (_what, scopes, isNeeded) => {
    expect(countTokens(scopes)).toBe(isNeeded);
  });
});
