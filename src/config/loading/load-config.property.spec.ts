import fc from 'fast-check';
import { loadText } from '../../../test/fixtures/config/load-text.js';
import { ConfigError } from './config-error.js';

const SECRET = 'hush-hush-0001';

/** Something of everything. */
const WHOLE = {
  server: { host: '127.0.0.1', port: 8000, body_limit: '1mb', cors_origins: ['https://a.test'] },
  auth: { api_keys: [SECRET, { name: 'team', key: `${SECRET}-2`, models: ['a*'] }] },
  timeouts: { connect_seconds: 1, total_seconds: 60 },
  retry: { max_retries: 2, budget_percent: 10 },
  breaker: { enabled: true, window_seconds: 30 },
  limits: { max_concurrent: 3, answer: '8mb' },
  cache: { redis_url: 'redis://127.0.0.1:6379', encryption_key: 'a-long-enough-key-for-this-test!' },
  logging: { level: 'info', format: 'json' },
  metrics: { enabled: true, public: false },
  models: {
    openai: [
      {
        name: 'a',
        base_url: 'https://a.test/v1',
        api_key: SECRET,
        headers: { 'x-team': 'one' },
        query: { v: '1' },
        fallbacks: ['b', { model: 'c', on: ['timeout', 429] }],
        deployments: [
          { name: 'east', weight: 2 },
          { max_tokens: 5, weight: 0 },
        ],
        strategy: 'least_busy',
        probe: { kind: 'tcp', interval_seconds: 60 },
      },
      { name: 'b', base_url: 'sandbox:openai', max_tokens: 100, timeouts: { idle_seconds: 5 } },
    ],
    request: [
      {
        name: 'c',
        base_url: 'https://c.test/v1',
        login: {
          steps: [
            {
              url: 'https://c.test/login',
              send_as: 'json',
              fields: { app: 'x' },
              keep: { session: 'body.session' },
            },
            { url: 'https://c.test/token', method: 'GET', headers: { 'x-s': '{session}' } },
          ],
        },
        username: 'u',
        password: SECRET,
        request: { path: '/chat', body: '{ "text": messages[-1].content }' },
        response: { text: 'answer' },
        stream: { text: 'delta' },
      },
    ],
  },
};

/** Values that people and programs put where others belong. */
const odd = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  5,
  '',
  'x',
  'b',
  '${',
  '${NO_SUCH_VARIABLE}',
  'sandbox:',
  'http://',
  [],
  {},
  ['x', 5, null],
  [[]],
  { name: 5 },
  { x: { y: [] } },
  [{ name: 'b' }, { name: 'b' }],
);

type Node = Record<string, unknown>;

/** Every place in the file, the deepest ones too. */
function placesOf(node: unknown): { parent: Node; key: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  const parent = node as Node;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesOf(parent[key])]);
}

const change = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom('replace', 'remove', 'rename'),
  value: odd,
  name: fc.constantFrom('nam', 'x', 'type', 'deployments', 'fallbacks', '__proto__', '', '5'),
});

describe('a configuration file', () => {
  it('with something of everything is read', () => {
    expect(loadText(JSON.stringify(WHOLE)).config.models).toHaveLength(3);
  });

  it('is read, or refused with a list of problems, for any content, and shows no secret', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const file = structuredClone(WHOLE);
        for (const { place, kind, value, name } of changes) {
          const places = placesOf(file);
          if (places.length === 0) break;
          const { parent, key } = places[place % places.length]!;
          if (kind === 'replace') parent[key] = structuredClone(value);
          else {
            const old = parent[key];
            if (Array.isArray(parent)) parent.splice(Number(key), 1);
            else {
              delete parent[key];
              if (kind === 'rename')
                Object.defineProperty(parent, name, {
                  value: old,
                  enumerable: true,
                  configurable: true,
                  writable: true,
                });
            }
          }
        }
        try {
          loadText(JSON.stringify(file));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).problems.length).toBeGreaterThan(0);
          expect((error as Error).message).not.toContain(SECRET);
        }
      }),
      { numRuns: 500 },
    );
  });
});
