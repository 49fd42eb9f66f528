import { COMMON_RATE_LIMITS, durationText, isRateLimitHeader } from './rate-limits.js';

it.each([
  [0, '0s'],
  [0.2, '1ms'],
  [12, '12ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [59_999.5, '1m0s'],
  [60_000, '1m0s'],
  [360_000, '6m0s'],
  [3_723_000, '1h2m3s'],
])('writes %f ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));

it('omits a limit that does not exist', () =>
  expect(COMMON_RATE_LIMITS({ tokens: { limit: 9, remaining: 4, resetMs: 12 } })).toEqual({
    'x-ratelimit-limit-tokens': '9',
    'x-ratelimit-remaining-tokens': '4',
    'x-ratelimit-reset-tokens': '12ms',
  }));

it('knows the headers of services', () => {
  const names = ['x-ratelimit-limit-tokens', 'anthropic-ratelimit-requests-reset', 'ratelimit-limit'];
  expect(names.filter(isRateLimitHeader)).toEqual(names);
  expect(['retry-after', 'openai-model', 'x-request-id'].filter(isRateLimitHeader)).toEqual([]);
});
