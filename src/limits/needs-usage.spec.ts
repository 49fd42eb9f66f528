import { needsUsage } from './needs-usage.js';

describe('needsUsage', () => {
  const scope = (limits: object) => ({ kind: 'key' as const, name: 'k', limits });
  const without = {
    usage: { retention_days: 400, flush_seconds: 2, filePath: undefined, resolveFrom: () => {} },
  };

  it.each([
    ['no limits', [], false],
    ['limits of requests and concurrency', [scope({ requests_per_minute: 1, max_concurrent: 1 })], false],
    ['a limit of tokens', [scope({}), scope({ tokens_per_minute: 1 })], true],
    ['a budget', [scope({ budget: { usd: 1, per: 'month' } })], true],
  ])('is said of a client with %s', (_what, scopes, isNeeded) => {
    expect(needsUsage({ scopes }, without)).toBe(isNeeded);
    expect(needsUsage({ scopes }, { usage: { ...without.usage, store: 'file:/x' } })).toBe(true);
  });
});
