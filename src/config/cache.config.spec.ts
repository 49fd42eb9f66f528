import { loadText } from '../../test/fixtures/config/load-text.js';
import { AUTH, MODELS, SECRET, expectRefusals, mistake } from '../../test/fixtures/config/mistake.js';

const KEY = `${SECRET}-and-more-than-32-characters`;
const withCache = (block: string): string => `${AUTH}\n${MODELS}\ncache: ${block}\n`;
const bad = (what: string, block: string, problem: string) => mistake(what, withCache(block), problem);

const ANSWERS_LIMIT = 64 * 1024 * 1024;

describe('cache', () => {
  it.each([
    'redis://127.0.0.1',
    'redis://redis.internal:6379',
    'REDISS://user:p%40ss@redis.internal:6380/3',
    'redis://:password@[::1]:6379/',
  ])('takes %s', (address) => {
    const { config } = loadText(withCache(`{ redis_url: "${address}", encryption_key: "${KEY}" }`));
    expect(config.cache).toEqual({
      redis_url: address,
      encryption_key: KEY,
      answers_limit: ANSWERS_LIMIT,
    });
  });

  it('reads placeholders, and is off if they are empty', () => {
    const text = withCache('{ redis_url: "${R:-}", encryption_key: "${K:-}" }');
    expect(loadText(text).config.cache.redis_url).toBeUndefined();
    const env = { R: 'redis://r.test', K: KEY };
    expect(loadText(text, { env }).config.cache).toEqual({
      redis_url: 'redis://r.test',
      encryption_key: KEY,
      answers_limit: ANSWERS_LIMIT,
    });
  });

  expectRefusals([
    bad(
      'an address without a key',
      `{ redis_url: "redis://:${SECRET}@r.test" }`,
      '3 cache.encryption_key: is required with redis_url; expected the secret that encrypts the shared tokens, ' +
        'at least 32 characters, the same for every replica (make one: openssl rand -base64 32)',
    ),
    bad(
      'replicas without an address',
      '{ replicas: 2 }',
      '3 cache.replicas: has no effect without redis_url',
    ),
    bad(
      'no replicas',
      `{ redis_url: "redis://r.test", encryption_key: "${KEY}", replicas: 0 }`,
      '3 cache.replicas: expected a whole number from 1 to 10000',
    ),
    bad('a key without an address', `{ encryption_key: "${KEY}" }`, '3 cache.redis_url: is required with'),
    ...['localhost:6379', `http://${SECRET}.test`, 'redis://', 'redis:///0', 'redis://r.test/name'].map(
      (address) =>
        bad(
          `the address ${address}`,
          `{ redis_url: "${address}", encryption_key: "${KEY}" }`,
          '3 cache.redis_url: expected an address such as redis://host:6379',
        ),
    ),
    ...[`redis://:${SECRET}%zz@r.test`, `redis://r.test?x=${SECRET}`, 'redis://r.test:99999'].map((address) =>
      bad(
        `the address ${address}`,
        `{ redis_url: "${address}", encryption_key: "${KEY}" }`,
        '3 cache.redis_url: expected an address such as redis://host:6379',
      ),
    ),
    bad(
      'a short key',
      `{ redis_url: "redis://r.test", encryption_key: "${SECRET}" }`,
      '3 cache.encryption_key: expected at least 32 characters, such as "openssl rand -base64 32" prints, got another string',
    ),
    bad(
      'a key of blanks',
      `{ redis_url: "redis://r.test", encryption_key: "${' '.repeat(40)}" }`,
      '3 cache.encryption_key: expected at least 32 characters',
    ),
    bad('an unknown key', `{ redis: "redis://r.test" }`, '3 cache.redis: unknown key'),
    bad('a text', `"redis://r.test"`, '3 cache: expected a mapping, got a string'),
  ]);
});
