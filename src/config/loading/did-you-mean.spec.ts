import { suggestion } from './did-you-mean.js';

const KEYS = [
  'name',
  'base_url',
  'api_key',
  'max_tokens',
  'max_tokens_field',
  'model_name',
  'auth_url',
  'enabled',
];

it.each([
  ['nmae', 'name'],
  ['Name', 'name'],
  ['baseUrl', 'base_url'],
  ['base-url', 'base_url'],
  ['apikey', 'api_key'],
  ['key', 'api_key'],
  ['maxTokens', 'max_tokens'],
  ['max_token', 'max_tokens'],
  ['enable', 'enabled'],
])('takes %s for %s', (word, meant) => {
  expect(suggestion(word, KEYS)).toBe(`did you mean "${meant}"?`);
});

it.each([
  ['retries', 'retry'],
  ['retry_policy', 'retry'],
  ['logs', 'logging'],
  ['caching', 'cache'],
  ['circuit_breaker', 'breaker'],
  ['rate-limits', 'limits'],
  ['timeout', 'timeouts'],
])('takes another form of a word for it, and what it is made of: %s for %s', (word, meant) => {
  const blocks = ['retry', 'breaker', 'limits', 'logging', 'cache', 'metrics', 'timeouts', 'usage'];
  expect(suggestion(word, blocks)).toBe(`did you mean "${meant}"?`);
});

it.each(['url', 'temperature', 'x', '', 'constructor', 'n'.repeat(100_000)])(
  'does not guess at %s',
  (word) => {
    expect(suggestion(word, KEYS)).toBe(`expected one of ${KEYS.join(', ')}`);
  },
);

it('does not take one letter for another', () => {
  expect(suggestion('x', ['b', 'c'])).toBe('expected one of b, c');
});
