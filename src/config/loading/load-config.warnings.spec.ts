import { loadText, problemsOf } from '../../../test/fixtures/config/load-text.js';
import { DEMO_KEY } from '../secrets/demo-key.js';
import { hashKey } from './auth/read-auth.js';

const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';
const MODEL = 'models: { openai: [{ name: m, base_url: "https://x.test/v1" }] }\n';

describe('what people paste', () => {
  it.each([
    ['base_url: "https://x.test/v1/chat/completions"', 'base_url: ends in /chat/completions'],
    ['base_url: "https://x.test/v1/chat/completions/"', 'base_url: ends in /chat/completions'],
    ['base_url: "https://x.test/v1/completions"', 'base_url: ends in /completions'],
    ['base_url: "https://x.test/v1/embeddings?a=b"', 'base_url: ends in /embeddings'],
    ['base_url: "https://x.test/v1#top"', 'base_url: contains a fragment'],
    ['base_url: "x.test/v1"', 'base_url: expected an address that begins with http'],
    ['base_url: "https://x.test", api_key: "Bearer sk-planted"', 'api_key: begins with "Bearer "'],
    ['base_url: "https://x.test", api_key: "bearer sk-planted"', 'api_key: begins with "bearer "'],
    [
      'base_url: "https://x.test", headers: { authorization: "Bearer Bearer x" }',
      'headers.authorization: repeats',
    ],
    [
      'base_url: "https://x.test", headers: { x-a: "sk-planted\\r\\nx: y" }',
      'headers.x-a: expected a header value',
    ],
  ])('is refused with its line: %s', (fields, words) => {
    const problems = problemsOf(`${AUTH}models:\n  openai:\n    - { name: m, ${fields} }`);
    expect(problems[0]).toMatch(/^4 models\.openai\[0\]\./);
    expect(problems[0]).toContain(words);
    expect(problems.join()).not.toContain('sk-planted');
  });

  it('as a key of a client, or as a token', () => {
    for (const entry of ['"Bearer sk-planted-key-0001"', '{ key: "Bearer sk-planted-key-0001" }']) {
      expect(problemsOf(`auth: { api_keys: [${entry}] }\n${MODEL}`)).toEqual([
        expect.stringContaining('begins with "Bearer "'),
      ]);
    }
    const token = `${AUTH}models: { request: [{ name: m, base_url: "https://x.test", token: "Bearer planted" }] }`;
    expect(problemsOf(token)).toEqual([expect.stringContaining('token: begins with "Bearer "')]);
  });

  it.each(['', '\n', '\r\n'])('as the digest of a variable that was not set: %j', (nothing) => {
    expect(
      problemsOf(`auth: { api_keys: [{ name: a, key_sha256: "${hashKey(nothing)}" }] }\n${MODEL}`),
    ).toEqual([expect.stringContaining('auth.api_keys[0].key_sha256: is the digest of no key at all')]);
  });

  it('below a mapping’s own path is left alone', () => {
    const text = `${AUTH}models: { request: [{ name: m, base_url: "https://x.test/completions", token: t, request: { path: /x } }] }`;
    expect(loadText(text).warnings).toEqual([]);
  });
});

describe('what works, but hardly as intended, is a warning', () => {
  const warningsOf = (text: string): string[] =>
    loadText(text).warnings.map((line) => line.replace(/^.*gateway\.yaml:/, ''));

  it('a gateway that requires no key', () => {
    expect(warningsOf(`auth: { enabled: false }\n${MODEL}`)).toEqual([
      '1: auth.enabled: is false: anyone may call without a key',
    ]);
  });

  it.each([
    ['$OPENAI_API_KEY', '$NAME'],
    ['$(OPENAI_API_KEY)', '$(NAME)'],
    ['%OPENAI_API_KEY%', '%NAME%'],
    ['os.environ/OPENAI_API_KEY', 'os.environ/NAME'],
    ['{{ .Values.key }}', '{{ NAME }}'],
  ])('a reference that other tools expand: %s', (value, form) => {
    const warning = `reads like a variable written as ${form}, which is not expanded but sent as it is; expected "\${NAME}"`;
    const fields = `{ name: m, base_url: "https://x.test", api_key: "${value}", headers: { x-a: "${value}" } }`;
    expect(warningsOf(`${AUTH}models:\n  openai:\n    - ${fields}`)).toEqual([
      `4: models.openai[0].api_key: ${warning}`,
      `4: models.openai[0].headers.x-a: ${warning}`,
    ]);
    expect(warningsOf(`auth: { api_keys: ["${value}"] }\n${MODEL}`)[0]).toBe(
      `1: auth.api_keys[0]: ${warning}`,
    );
  });

  it.each(['sk-a$OPENAI', '$ecret', '$1', '100%', 'a {{ b }}', '$${NAME}'])(
    'and not a value that only resembles one: %s',
    (value) => {
      const fields = `{ name: m, base_url: "https://x.test", api_key: "${value}" }`;
      expect(warningsOf(`${AUTH}models:\n  openai:\n    - ${fields}`)).toEqual([]);
    },
  );

  it('no model that is enabled', () => {
    const models = 'models: { openai: [{ name: m, enabled: false, base_url: "https://x.test/v1" }] }\n';
    expect(warningsOf(`${AUTH}${models}`)).toEqual([
      '2: models: no model is enabled, so every call will be refused',
    ]);
  });

  it('limits of keys and teams if no key is required, each by its name', () => {
    const text = [
      'auth:',
      '  enabled: false',
      '  teams:',
      '    - { name: search, limits: { budget: { usd: 5, per: day } } }',
      '  api_keys:',
      '    - { name: one, key: sk-test-key-number-0001, team: search, limits: { requests_per_minute: 5, max_concurrent: 1 } }',
      '    - { name: two, key: sk-test-key-number-0002 }',
      MODEL,
    ].join('\n');
    const why = 'have no effect while auth.enabled is false: no call then belongs to a key or a team';
    expect(warningsOf(text)).toEqual([
      '2: auth.enabled: is false: anyone may call without a key',
      `4: auth.teams[0].limits: budget of "search" ${why}`,
      `6: auth.api_keys[0].limits: requests_per_minute, max_concurrent of "one" ${why}`,
    ]);
    expect(warningsOf(text.replace('enabled: false', 'enabled: true'))).toEqual([]);
  });

  it('hours beside a fixed token', () => {
    const text = `${AUTH}models:\n  request:\n    - name: m\n      base_url: "https://x.test"\n      token: t\n      token_cache_hours: 8`;
    expect(warningsOf(text)).toEqual([
      expect.stringMatching(/^7: models\.request\[0\]\.token_cache_hours: has no effect/),
    ]);
  });

  describe.each([DEMO_KEY, 'sk-replace-this-key'])('%s, which this repository publishes,', (key) => {
    const text = (fields: string, entry = key, host = '127.0.0.1', auth = ''): string =>
      `server: { host: "${host}" }\nauth:\n  api_keys:\n    - other-key-of-a-test\n    - ${entry}\n${auth}models: { openai: [{ name: s, base_url: "sandbox:/v1" }, { name: r, ${fields} }] }`;
    const REAL = 'base_url: "https://x.test"';
    const WARNING =
      '5: auth.api_keys[1]: is published in this product\'s repository and gives access to "r", a real service; replace it with your own key (make one: llm-gateway key)';

    it('is warned of beside a real service on loopback, unless that one is switched off', () => {
      for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1'])
        expect(warningsOf(text(REAL, key, host))).toEqual([WARNING]);
      expect(warningsOf(text(`${REAL}, enabled: false`))).toEqual([]);
      expect(warningsOf(text('base_url: "sandbox:/v1"'))).toEqual([]);
    });

    it('is an error if other hosts can reach the address, in any notation', () => {
      const digest = `{ key_sha256: ${hashKey(key)} }`;
      for (const entry of [key, `{ key: ${key} }`, digest, `{ name: x, models: [s], key: ${key} }`]) {
        for (const host of ['0.0.0.0', '::', '10.0.0.7', 'gateway.test']) {
          expect(problemsOf(text(REAL, entry, host))).toEqual([
            expect.stringMatching(/^5 auth\.api_keys\[1\]: is published in this product's repository .* on /),
          ]);
        }
      }
      const [deployment] = ['deployments: [{ base_url: "sandbox:/v1" }, { base_url: "https://x.test" }]'];
      expect(problemsOf(text(deployment!, key, '0.0.0.0'))).toHaveLength(1);
    });

    it('is judged by the address that the command line gives', () => {
      expect(problemsOf(text(REAL), { host: '0.0.0.0' })).toHaveLength(1);
      expect(loadText(text(REAL, key, '0.0.0.0'), { host: '127.0.0.1' }).warnings).toHaveLength(1);
    });

    it('is accepted beside the sandbox, or if no key is required', () => {
      expect(warningsOf(text('base_url: "sandbox:/v1"', key, '0.0.0.0'))).toEqual([]);
      expect(warningsOf(text(REAL, key, '0.0.0.0', '  enabled: false\n'))).toHaveLength(1);
    });
  });

  it('a short key, the predecessor’s among them, everywhere', () => {
    for (const key of ['k', 'api-key-1', 'your-api-key-1', '123456789012345']) {
      expect(warningsOf(`auth: { api_keys: ["${key}"] }\n${MODEL}`)).toEqual([
        '1: auth.api_keys[0]: is shorter than 16 characters, which others can guess; expected a longer key (make one: llm-gateway key)',
      ]);
    }
    expect(warningsOf(`auth: { api_keys: ["1234567890123456"] }\n${MODEL}`)).toEqual([]);
  });

  it('a model name of a key that exists nowhere', () => {
    const text = `auth:\n  api_keys:\n    - key: "1234567890123456"\n      models: [chatt, "none-*", gpt]\nmodels: { openai: [{ name: chat, base_url: "https://x.test/v1" }, { name: gpt, enabled: false, base_url: "https://x.test/v1" }] }`;
    expect(warningsOf(text)).toEqual([
      '4: auth.api_keys[0].models[0]: there is no model "chatt", did you mean "chat"?',
    ]);
  });

  it.each([
    ['"secret"', 'is wrapped in quotes'],
    ["'secret'", 'is wrapped in quotes'],
    ['secret\n', 'begins or ends with a space or a line end'],
    [' secret', 'begins or ends with a space or a line end'],
  ])('what a variable brings beside its value: %j', (PASSWORD, words) => {
    const text = `${AUTH}models: { request: [{ name: m, base_url: "https://x.test", auth_url: "https://x.test/a", username: u, password: "\${PASSWORD}" }] }`;
    expect(loadText(text, { env: { PASSWORD } }).warnings).toEqual([
      expect.stringContaining(`:2: models.request[0].password: the value of \${PASSWORD} ${words}`),
    ]);
    expect(loadText(text, { env: { PASSWORD: 'a "good" one' } }).warnings).toEqual([]);
  });

  it('an address that holds a query, or ends in /models', () => {
    const text = (url: string): string => `${AUTH}models: { openai: [{ name: m, base_url: "${url}" }] }`;
    expect(warningsOf(text('https://x.test/v1?a=b'))).toEqual([expect.stringContaining('contains a query')]);
    expect(warningsOf(text('https://x.test/v1/models'))).toEqual([
      expect.stringContaining('ends in /models'),
    ]);
  });

  it('refuses a proxy variable of another kind if a model needs one, and shows no part of its value', () => {
    const text = (address: string, more = ''): string =>
      `auth: { api_keys: ["k"] }\nmodels: { openai: [{ name: "m", base_url: "${address}"${more} }] }\n`;
    const env = { HTTPS_PROXY: 'socks5://user:planted-secret@proxy:1080' };
    expect(problemsOf(text('https://api.test/v1'), { env })).toEqual([
      '- HTTPS_PROXY: expected an http:// or https:// address (special characters percent-encoded); SOCKS is not supported',
    ]);
    for (const address of [
      'sandbox:/v1',
      'http://localhost:11434/v1',
      'http://127.0.0.1:1/v1',
      'http://[::1]/v1',
    ])
      expect(loadText(text(address), { env }).config.proxies).toEqual({});
    const own = text('https://api.test/v1', ', proxy: "http://proxy:3128"');
    expect(loadText(own, { env }).config.proxies).toEqual({});
    const second =
      'auth: { api_keys: ["k"] }\nmodels: { openai: [{ name: "m", deployments: ' +
      '[{ base_url: "http://localhost:1" }, { base_url: "https://api.test/v1" }] }] }\n';
    expect(problemsOf(second, { env })).toHaveLength(1);
  });
});
