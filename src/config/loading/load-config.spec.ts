import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadText, refusalOf } from '../../../test/fixtures/config/load-text.js';
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

  it('is frozen at every level', () => {
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
