import { type LimitScope } from './limit-scope.js';
import { ApiClient } from './api-client.js';

describe('whether the limits of a client count tokens', () => {
  const scope = (limits: LimitScope['limits']): LimitScope => ({ kind: 'key', name: 'k', limits });

  it.each([
    ['no limits', [], false],
    ['limits of requests and concurrency', [scope({ requests_per_minute: 1, max_concurrent: 1 })], false],
    ['a limit of tokens', [scope({}), scope({ tokens_per_minute: 1 })], true],
    ['a budget', [scope({ budget: { usd: 1, per: 'month' } })], true],
  ])('is known for %s', (_what, scopes, isCounted) => {
    expect(new ApiClient('k', { scopes }).countsTokens).toBe(isCounted);
  });
});
