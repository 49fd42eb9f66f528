import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText } from '../../../test/fixtures/config/load-text.js';
import { GatewayConfig } from '../gateway.config.js';
import { configuredSecrets } from './secrets.js';

const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';

it('finds every secret that is shown to model services, and nothing else', () => {
  const { config } = loadText(
    `${AUTH}models:
  openai:
    - name: harmless-name
      base_url: "https://x.test/v1?key=secret-in-url"
      api_key: secret-api-key
      max_tokens_field: max_completion_tokens
      headers: { Authorization: "Bearer secret-bearer", api-key: secret-header, cookie: "a=secret-cookie", x-team: harmless-team, x-ticket: secret-ticket, Accept-Language: harmless-words }
      not_secret: [X-Team]
      query: { api-version: harmless-version, code: 'secret code', sig: "secret/query" }
      proxy: "http://harmless:secret%40proxy@proxy.test:3128"
  request:
    - { name: t, base_url: "https://x.test", token: secret-token }
    - { name: l, base_url: "https://x.test", auth_url: "https://x.test", username: username, password: secret-password }
    - name: r
      base_url: "https://x.test"
      login:
        steps:
          - url: "https://x.test/a?sig=secret-in-step"
            send_as: none
            headers: { x-api-key: secret-step-header, user-agent: harmless-agent }
          - url: b
            send_as: none
            fields: { client_secret: "secret/field", grant_type: harmless-grant, pin_token: 77777777, n: 7 }
    - { name: s, base_url: "https://x.test", token: short, settings: { app: { id: secret-app, mode: harmless-mode } } }
    - name: e
      base_url: "https://x.test"
      auth_url: "https://x.test/login"
      login:
        body: '{ "app_secret": "secret-in-body", "grant": "harmless-grant", "id": "a1b2c3d4e5f6a7b8c9d0e1" }'
        call_headers: { x-app: "'secret-constant'", x-tenant: "kept.tenant" }
      username: username
      password: "secret\\npassword"
      request: { path: /ask, query: { key: '"secret-in-query"' } }
`,
    { env: { HTTPS_PROXY: 'http://user:secret-of-proxy@proxy.test' } },
  );
  const secrets = configuredSecrets(config);
  expect([...secrets].sort()).toEqual(
    [
      'Bearer secret-bearer',
      'a1b2c3d4e5f6a7b8c9d0e1',
      'a=secret-cookie',
      'harmless',
      'harmless:secret@proxy',
      'secret code',
      'secret-app',
      'secret-constant',
      'secret-cookie',
      'secret-in-body',
      'secret-in-query',
      'secret-ticket',
      'secret\npassword',
      'short',
      'user:secret-of-proxy',
      'username:secret\npassword',
      'username:secret-password',
      'secret-api-key',
      'secret-bearer',
      'secret-header',
      '77777777',
      'secret/field',
      'secret-in-step',
      'secret-step-header',
      'secret-in-url',
      'secret-of-proxy',
      'secret-password',
      'secret-token',
      'secret/query',
      'secret@proxy',
    ].sort(),
  );
});

it('treats every value from a file as a secret, except the keys of clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-secrets-'));
  try {
    writeFileSync(join(folder, 'one'), 'text-of-file\n');
    writeFileSync(join(folder, 'client'), 'key-of-client\n');
    const { config } = loadText(`auth: { api_keys: ["\${file:${folder}/client}"] }
models: { openai: [{ name: m, base_url: "https://x.test", headers: { x-team: "<\${file:${folder}/one}>" } }] }`);
    expect(config.models[0]?.headers).toEqual({ 'x-team': '<text-of-file>' });
    expect(configuredSecrets(config)).toEqual(['text-of-file', '<text-of-file>']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('takes the encryption key and the address of Redis for secrets, but no user name', () => {
  const { config } = loadText(
    `${AUTH}cache: { redis_url: "rediss://default:p%40ss-of-redis@r.test", encryption_key: "${'k'.repeat(32)}" }
models: { openai: [{ name: m, base_url: "https://x.test" }] }`,
  );
  expect([...configuredSecrets(config)].sort()).toEqual(
    [
      'k'.repeat(32),
      'default:p@ss-of-redis',
      'p@ss-of-redis',
      'rediss://default:p%40ss-of-redis@r.test',
    ].sort(),
  );
});

it('knows no secrets of an empty configuration', () => {
  expect(configuredSecrets(new GatewayConfig())).toEqual([]);
});
