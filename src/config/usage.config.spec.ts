import { describeChanges } from './reloading/config-changes.js';
import { configuredSecrets } from './secrets/secrets.js';
import { loadText } from '../../test/fixtures/config/load-text.js';

const MODELS =
  'models: { openai: [{ name: m, base_url: "http://127.0.0.1:9" }] }\nauth: { enabled: false }\n';
const withUsage = (block: string) => `${MODELS}usage: ${block}\n`;

describe('UsageConfig', () => {
  it('has defaults, and keeps usage in memory without a store', () => {
    const { usage } = loadText(MODELS).config;
    expect(usage).toMatchObject({ retention_days: 400, flush_seconds: 2 });
    expect([usage.store, usage.filePath]).toEqual([undefined, undefined]);
  });

  it('counts the path of a file from the folder of the configuration', () => {
    const { usage } = loadText(withUsage('{ store: "file:data/usage.db" }')).config;
    expect(usage.filePath).toMatch(/^\/.*\/data\/usage\.db$/);
    expect(usage.store).toBe(`file:${usage.filePath}`);
  });

  it.each(['file:/var/lib/llm/usage.db', 'file:///var/lib/llm/usage.db'])(
    'takes an absolute path: %s',
    (store) => {
      expect(loadText(withUsage(`{ store: "${store}" }`)).config.usage.filePath).toBe(
        '/var/lib/llm/usage.db',
      );
    },
  );

  it.each([
    'postgres://gateway:secret-of-pg@db.test:5432/usage',
    'postgresql://db.test/usage?sslmode=verify-full',
  ])('takes the address of a Postgres database: %s', (store) => {
    const { usage } = loadText(withUsage(`{ store: "${store}" }`)).config;
    expect([usage.store, usage.filePath]).toEqual([store, undefined]);
  });

  it.each([
    'usage.db',
    'file:',
    'file:data/',
    'file://host/usage.db',
    'file::memory:',
    'mysql://h/d',
    'postgres://h',
  ])('refuses another store without showing it: %s', (store) => {
    expect(() => loadText(withUsage(`{ store: "${store}" }`))).toThrow(
      /:3: usage\.store: expected "file:data\/usage\.db" or an address such as postgres:.*, got another string/,
    );
  });

  it('refuses a flush that is too quick and a retention of no days', () => {
    expect(() => loadText(withUsage('{ flush_seconds: 0, retention_days: 0 }'))).toThrow(
      /retention_days: expected a whole number[^]*flush_seconds: expected a number of seconds from 0.1/,
    );
  });

  it('counts the password of the store, and its address, among the secrets', () => {
    const store = 'postgres://gateway:p%40ss-of-pg@db.test/usage';
    const secrets = configuredSecrets(loadText(withUsage(`{ store: "${store}" }`)).config);
    expect(secrets).toEqual(expect.arrayContaining(['p@ss-of-pg', store]));
  });

  it('takes effect at the next start', () => {
    const [before, after] = ['1', '2'].map((n) => loadText(withUsage(`{ retention_days: ${n} }`)).config);
    expect(describeChanges(before!, after!)).toEqual({ now: [], atNextStart: ['usage'] });
  });
});
