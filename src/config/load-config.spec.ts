import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText, problemsOf, refusalOf } from '../../test/fixtures/config/load-text.js';
import { PROVIDER_TYPES } from '../providers/provider-types.js';
import { formatProblem } from './config-error.js';
import { DEMO_KEY } from './demo-key.js';
import { loadConfig } from './load-config.js';
import { hashKey } from './loading/read-auth.js';
import { ModelConfig } from './model.config.js';

const ROOT = join(import.meta.dirname, '..', '..');
const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';
const MODEL = 'models: { openai: [{ name: m, base_url: "https://x.test/v1" }] }\n';

describe('what a small file becomes', () => {
  it('fills in every default', () => {
    const { config, warnings } = loadText(AUTH + MODEL);
    expect(config.server).toEqual({
      host: '0.0.0.0',
      port: 8000,
      debug: false,
      docs: true,
      ui: true,
      cors_origins: [],
      allowed_hosts: [],
      body_limit: 32 * 1024 * 1024,
      upload_limit: 512 * 1024 * 1024,
      bodies_limit: 256 * 1024 * 1024,
      header_limit: 16 * 1024,
      json_depth_limit: 256,
      json_values_limit: 500_000,
      headers_seconds: 60,
      body_idle_seconds: 20,
      request_seconds: 300,
      response_idle_seconds: 20,
      sse_keepalive_seconds: 0,
      shutdown_delay_seconds: 0,
      shutdown_grace_seconds: 25,
      watch_config: true,
      precise_error_status: false,
    });
    const timeouts = { connect_seconds: 5, first_byte_seconds: 120, idle_seconds: 60, total_seconds: 600 };
    expect(config.timeouts).toEqual(timeouts);
    expect(config.logging).toEqual({ level: 'info', format: 'auto', content: false });
    expect(config.cache).toEqual({
      redis_url: undefined,
      encryption_key: undefined,
      answers_limit: 67_108_864,
    });
    expect(config.auth).toEqual({
      enabled: true,
      time_zone: 'UTC',
      teams: [],
      api_keys: [{ name: 'key-1', key_sha256: hashKey('client-key-of-a-test') }],
    });
    expect(config.models).toEqual([
      {
        name: 'm',
        type: 'openai',
        base_url: 'https://x.test/v1',
        model_name: 'm',
        max_tokens_field: 'max_tokens',
        enabled: true,
        headers: {},
        query: {},
        timeouts,
        deployments: [],
        strategy: 'weighted',
        fallbacks: [],
        retry: { max_retries: 1, backoff_seconds: 0.2, max_backoff_seconds: 2, max_retry_after_seconds: 5 },
        breaker: config.breaker,
        limits: config.limits,
        commit_wait_seconds: 10,
        on_client_disconnect: 'cancel',
        stream_usage: 'auto',
      },
    ]);
    expect(config.retry).toMatchObject({ max_retries: 1, budget_percent: 20 });
    expect(config.breaker).toEqual({
      enabled: true,
      failure_percent: 50,
      window_seconds: 30,
      min_requests: 20,
      open_seconds: 15,
    });
    expect(config.limits).toEqual({
      max_concurrent: 0,
      max_queued: 100,
      max_queue_seconds: 10,
      answer: 64 * 1024 * 1024,
      event: 32 * 1024 * 1024,
    });
    expect(config.models[0]).toBeInstanceOf(ModelConfig);
    expect(warnings).toEqual([]);
  });

  it('is frozen to the bottom', () => {
    const { config } = loadText(
      `${AUTH}models: { openai: [{ name: m, base_url: "sandbox:/v1", headers: { a: b } }] }`,
    );
    for (const part of [
      config,
      config.server,
      config.auth.api_keys,
      config.auth.api_keys[0],
      config.models,
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(config.models[0]?.headers)).toBe(true);
    expect(Object.isFrozen(config.models[0]?.timeouts)).toBe(true);
  });

  it('takes empty blocks and empty fields for absent ones', () => {
    const { config } = loadText(`server:\nlogging:\ntimeouts:\n${AUTH}models:
  openai:
    - { name: m, base_url: "https://x.test", max_tokens: , enabled: , headers: , tls: , timeouts: }
  request:
`);
    expect(config.server.port).toBe(8000);
    expect(config.models).toHaveLength(1);
    expect(config.models[0]).toMatchObject({ enabled: true, headers: {} });
    expect(config.models[0]?.max_tokens).toBeUndefined();
  });

  it('lays the timeouts of a model over the common ones, and those over the defaults', () => {
    const { config } = loadText(`${AUTH}timeouts: { idle_seconds: 7, total_seconds: 0 }
models:
  openai:
    - { name: own, base_url: "https://x.test", timeouts: { total_seconds: 0.5 } }
    - { name: common, base_url: "https://x.test" }
`);
    const common = { connect_seconds: 5, first_byte_seconds: 120, idle_seconds: 7, total_seconds: 0 };
    expect(config.models[0]?.timeouts).toEqual({ ...common, total_seconds: 0.5 });
    expect(config.models[1]?.timeouts).toEqual(common);
  });

  it.each([
    ['"10mb"', 10 * 1024 * 1024],
    ['2048', 2048],
    ['"1.5 KiB"', 1536],
    ['${LIMIT:-1gb}', 1024 ** 3],
    ['${LIMIT:-4096}', 4096],
  ])('reads body_limit: %s', (limit, bytes) => {
    expect(
      loadText(`server: { body_limit: "${limit.replaceAll('"', '')}" }\n${AUTH}${MODEL}`).config.server
        .body_limit,
    ).toBe(bytes);
  });

  it('keeps digests of keys, never the keys', () => {
    const digest = hashKey('third-key');
    const { config } = loadText(
      `${MODEL}auth:
  api_keys:
    - first-key
    - { name: team-b, key: "\${KEY}", models: ["m", "qwen*"] }
    - { key_sha256: "${digest.toUpperCase()}" }
`,
      { env: { KEY: 'second-key' } },
    );
    expect(config.auth.api_keys).toEqual([
      { name: 'key-1', key_sha256: hashKey('first-key') },
      { name: 'team-b', key_sha256: hashKey('second-key'), models: ['m', 'qwen*'] },
      { name: 'key-3', key_sha256: digest },
    ]);
    expect(JSON.stringify(config)).not.toMatch(/(first|second|third)-key/);
  });

  it('makes the paths of TLS files absolute, from the folder of the configuration', () => {
    const folder = join(ROOT, 'test', 'fixtures', 'config', 'tls');
    const path = join(mkdtempSync(join(folder, 'tmp-')), 'gateway.yaml');
    try {
      writeFileSync(
        path,
        `${AUTH}models: { openai: [{ name: m, base_url: "https://x.test", tls: { ca_file: ../one.pem } }] }`,
      );
      const { config } = loadConfig({ path, modelTypes: PROVIDER_TYPES, env: {} });
      expect(config.models[0]?.tls).toEqual({
        ca_file: join(folder, 'one.pem'),
        insecure_skip_verify: false,
        files_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
    } finally {
      rmSync(join(path, '..'), { recursive: true });
    }
  });

  it('understands anchors, aliases and merge keys', () => {
    const { config } = loadText(`${AUTH}models:
  openai:
    - &base { name: a, base_url: "https://x.test", headers: &h { x-team: one }, max_tokens: 5 }
    - { <<: *base, name: b }
    - { name: c, base_url: "https://y.test", headers: *h }
`);
    expect(
      config.models.map(({ name, max_tokens, headers }) => [name, max_tokens, headers['x-team']]),
    ).toEqual([
      ['a', 5, 'one'],
      ['b', 5, 'one'],
      ['c', undefined, 'one'],
    ]);
    expect(config.models[1]?.model_name).toBe('b');
  });
});

describe('what the file leaves to the machine', () => {
  const withModel = (fields: string): string =>
    `${AUTH}models: { openai: [{ name: m, base_url: "https://x.test", ${fields} }] }`;

  it('puts variables and files into any string', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-secret-'));
    try {
      writeFileSync(join(folder, 'key'), 'from-file\n');
      const text = withModel(
        `api_key: "\${file:${folder}/key}", headers: { x-a: "\${A}-\${B:-b}" }, query: { q: "$\${A}" }`,
      );
      const [model] = loadText(text, { env: { A: '${B}' } }).config.models;
      expect(model).toMatchObject({
        api_key: 'from-file',
        headers: { 'x-a': '${B}-b' },
        query: { q: '${A}' },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives a lone placeholder the type that is expected there', () => {
    const text = `server: { port: "\${P}", debug: "\${D}", shutdown_grace_seconds: "\${S:-1.5}" }
${withModel('max_tokens: "${M}", enabled: "${E:-False}", tls: { insecure_skip_verify: "${T}" }, api_key: "${K}", model_name: "${T}"')}`;
    const env = { P: '8123', D: 'TRUE', M: '77', T: 'true', K: '12345' };
    const { config } = loadText(text, { env });
    expect(config.server).toMatchObject({ port: 8123, debug: true, shutdown_grace_seconds: 1.5 });
    expect(config.models[0]).toMatchObject({
      max_tokens: 77,
      enabled: false,
      tls: { insecure_skip_verify: true },
      api_key: '12345',
      model_name: 'true',
    });
  });

  it('takes a lone placeholder with an empty default for an absent field', () => {
    const [model] = loadText(withModel('max_tokens: "${M:-}", api_key: "${K:-}"')).config.models;
    expect(model).toHaveProperty('api_key', undefined);
    expect(model).toHaveProperty('max_tokens', undefined);
  });

  it('forgives a model that is switched off what the machine lacks, and nothing else', () => {
    const text = (enabled: string): string =>
      withModel(
        `enabled: "${enabled}", api_key: "\${K}", tls: { ca_file: /no/such/file }, max_tokens: "\${M}", oops: 1, proxy: "\${"`,
      );
    expect(problemsOf(text('${E:-false}'))).toEqual([
      expect.stringContaining('models.openai[0].oops: unknown key'),
      expect.stringContaining('models.openai[0].proxy: contains "${" in no known form'),
    ]);
    expect(problemsOf(text('${E:-true}'))).toHaveLength(5);
  });

  it('lets flags beat PORT, and PORT the file', () => {
    const text = `server: { port: 1, host: filehost }\n${AUTH}${MODEL}`;
    const env = { PORT: '2', LLM_GATEWAY_PORT: 'tcp://10.0.0.1:80', HOST: 'nobody' };
    expect(loadText(text).config.server.port).toBe(1);
    expect(loadText(text, { env: { PORT: '' } }).config.server.port).toBe(1);
    expect(loadText(text, { env }).config.server).toMatchObject({ port: 2, host: 'filehost' });
    expect(loadText(text, { env, port: 0, host: '::1' }).config.server).toMatchObject({
      port: 0,
      host: '::1',
    });
  });

  it('blames the variable or the flag, not the file', () => {
    const text = AUTH + MODEL;
    expect(refusalOf(text, { env: { PORT: 'tcp://1' } }).message).toBe(
      'environment: PORT: expected a whole number from 0 to 65535',
    );
    expect(
      refusalOf(text, { port: 65536, host: 'http://x' }).problems.map(({ file, path }) => [file, path]),
    ).toEqual([
      ['command line', '--host'],
      ['command line', '--port'],
    ]);
  });
});

describe('what is wrong', () => {
  it('is reported all at once, in the order of the file, one per line', () => {
    const error = refusalOf(`models:
  openai:
    - { name: a, base_url: nowhere, max_tokens: "5", nonsense: 1 }
    - { name: a, base_url: "https://x.test", api_key: "\${NOBODY}" }
  request:
    - { name: b, base_url: "https://x.test", max_tokens: "5" }
auth: { api_keys: [] }
server: { port: "1" }
`);
    expect(error.problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '3 models.openai[0].nonsense',
      '3 models.openai[0].max_tokens',
      '3 models.openai[0].base_url',
      '4 models.openai[1].api_key',
      '4 models.openai[1].name',
      '6 models.request[0].max_tokens',
      '6 models.request[0]',
      '7 auth.api_keys',
      '8 server.port',
    ]);
    expect(error.message.split('\n')).toEqual(error.problems.map(formatProblem));
    expect(error.message).toMatch(/gateway\.yaml:3: models\.openai\[0\]\.nonsense: unknown key, /);
  });
});

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

  it('below a mapping’s own path is left alone', () => {
    const text = `${AUTH}models: { request: [{ name: m, base_url: "https://x.test/completions", token: t, request: { path: /x } }] }`;
    expect(loadText(text).warnings).toEqual([]);
  });
});

describe('what works, but hardly as intended, is a warning', () => {
  const warningsOf = (text: string): string[] =>
    loadText(text).warnings.map((line) => line.replace(/^.*gateway\.yaml:/, ''));

  it('an open door', () => {
    expect(warningsOf(`auth: { enabled: false }\n${MODEL}`)).toEqual([
      '1: auth.enabled: is false: anyone may call without a key',
    ]);
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

    it('is an error where others can reach the address, in whatever form it is written', () => {
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

    it('is nobody’s business beside the sandbox, or where no key is asked for', () => {
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

  it('refuses a proxy variable of another kind where a model needs one, and shows nothing of it', () => {
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
