import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText, problemsOf, refusalOf } from '../../../test/fixtures/config/load-text.js';
import { PROVIDER_TYPES } from '../../providers/provider-types.js';
import { formatProblem } from './config-error.js';
import { loadConfig } from './load-config.js';
import { hashKey } from './auth/read-auth.js';
import { ModelConfig } from '../model.config.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
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
