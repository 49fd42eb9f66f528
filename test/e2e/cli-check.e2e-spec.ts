import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, runCli } from '../support/cli-process.js';

const WRONG = `server:
  prot: 8080
  port: "\${PORT_OF_IT:-many}"
auth: { api_keys: ["client-key-of-a-test", "\${TEAM_KEY}"] }
models:
  openai:
    - name: chat
      base_url: ftp://x.test
      api_key: "\${CHAT_KEY}"
      tls: { ca_file: nowhere.pem }
    - name: chat
      base_url: https://y.test/v1
      fallbacks: [caht, "\${SPARE}"]
      max_tokens: "\${MOST}"
`;
const SECRETS = `server: { cors_origins: ["\${ORIGIN}"], host: "\${HOST_OF_IT}", body_limit: "\${LARGEST}" }
auth: { api_keys: ["\${TEAM_KEY}", { name: two, key: "\${file:/run/none/key}", models: [chat, "\${MODEL}"] }] }
cache: { redis_url: "\${REDIS_URL}", encryption_key: "\${ENCRYPTION_KEY}" }
models:
  openai:
    - name: chat
      base_url: "\${BASE_URL}"
      headers: { x-tenant: "\${TENANT}" }
      max_tokens: "\${MOST}"
      tls: { cert_file: "/run/none/tls.crt", key_file: "\${KEY_FILE}" }
      deployments: [{ weight: "\${WEIGHT}" }, { api_key: "\${file:/run/none/other}" }]
  request:
    - name: house
      base_url: https://house.test
      auth_url: https://house.test/login
      username: "\${HOUSE_USER}"
      password: "\${HOUSE_PASSWORD}"
`;

describe('llm-gateway check', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-check-'));
    file = join(folder, 'gateway.yaml');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const check = (text: string | Uint8Array, args: readonly string[] = [], options: CliOptions = {}) => {
    writeFileSync(file, text);
    return runCli(['check', file, ...args], options);
  };

  it('accepts the configuration that comes with the gateway, and starts nothing', async () => {
    expect(await runCli(['check'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'config/models.yaml: valid, 3 models, 1 key\n',
      stderr: '',
    });
  });

  it('lists every problem with line and column, and exits with 1', async () => {
    const { code, stdout, stderr } = await check(WRONG);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.replaceAll(file, 'f').split('\n');
    for (const beginning of [
      'f:2:3: server.prot: unknown key, did you mean "port"?',
      'f:3:3: server.port: expected a whole number',
      'f:4:44: auth.api_keys[1]: the environment variable TEAM_KEY is not set',
      'f:8:7: models.openai[0].base_url: expected an address',
      'f:9:7: models.openai[0].api_key: the environment variable CHAT_KEY is not set',
      'f:10:14: models.openai[0].tls.ca_file: the file cannot be used: no such file',
      'f:11:7: models.openai[1].name: duplicate model name "chat", first used in line 7',
      'f:13:19: models.openai[1].fallbacks[0]: unknown model "caht"',
      'f:14:7: models.openai[1].max_tokens: the environment variable MOST is not set',
    ])
      expect(lines.filter((line) => line.startsWith(beginning))).toHaveLength(1);
    expect(lines.slice(-2)).toEqual(['f: 10 problems', '']);
  });

  it('reports the same as JSON on stdout', async () => {
    const { code, stdout, stderr } = await check(WRONG, ['--json', '--allow-missing-secrets']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { valid, problems, unchecked } = JSON.parse(stdout) as {
      valid: boolean;
      problems: Record<string, unknown>[];
      unchecked: Record<string, unknown>[];
    };
    expect(valid).toBe(false);
    expect(problems[0]).toEqual({
      file,
      line: 2,
      column: 3,
      path: 'server.prot',
      message: 'unknown key, did you mean "port"?',
    });
    expect(problems.map(({ path }) => path)).toEqual([
      'server.prot',
      'server.port',
      'models.openai[0].base_url',
      'models.openai[1].name',
      'models.openai[1].fallbacks[0]',
    ]);
    expect(unchecked.map(({ path }) => path)).toEqual([
      'auth.api_keys[1]',
      'models.openai[0].api_key',
      'models.openai[0].tls.ca_file',
      'models.openai[1].fallbacks[1]',
      'models.openai[1].max_tokens',
    ]);
  });

  it('needs no secret with --allow-missing-secrets, and names what it did not check', async () => {
    const strict = await check(SECRETS);
    expect(strict.code).toBe(1);
    const { code, stdout, stderr } = await check(SECRETS, ['--allow-missing-secrets']);
    expect(stderr.split('\n').filter((line) => !line.includes(': not checked: '))).toEqual(['']);
    expect(stderr).toContain(
      `${file}:2:20: auth.api_keys[0]: not checked: the environment variable TEAM_KEY is not set\n`,
    );
    expect(stderr).toContain('auth.api_keys[1].key: not checked: the file of ${file:…} does not exist\n');
    expect(stderr).toContain('tls.cert_file: not checked: the file does not exist\n');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${file}: valid, 2 models, 2 keys, 17 values not checked\n`,
    });
  });

  it('still finds a secret that is there and wrong', async () => {
    const text =
      'auth: { api_keys: ["${KEY}", "${file:.}"] }\nmodels: { openai: [{ name: m, base_url: "sandbox:" }] }\n';
    const { code, stderr } = await check(text, ['--allow-missing-secrets'], {
      env: { KEY: 'Bearer secret-0001' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(':1:20: auth.api_keys[0]: begins with "Bearer "');
    expect(stderr).toContain('auth.api_keys[1]: the file of ${file:…} cannot be used: it is a directory');
    expect(stderr).not.toContain('secret-0001');
  });

  it('warns and accepts', async () => {
    const { code, stdout, stderr } = await check(
      'auth: { enabled: false }\nmodels: { openai: [{ name: m, base_url: "sandbox:", strategy: weighted }] }\n',
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}: valid, 1 model, 0 keys, 2 warnings\n` });
    expect(stderr).toContain(`${file}:1:9: auth.enabled: warning: is false`);
  });

  it.each([
    ['an empty file', '', ':1:1: the file is empty'],
    ['a syntax error', 'models:\n  openai: [\n', ':3:1: not valid YAML'],
    ['a tab', 'models:\n\topenai: []\n', ':2:1: not valid YAML'],
    [
      'text in another encoding',
      new Uint8Array([0x61, 0xff, 0x0a]),
      ': cannot load the configuration: it is not UTF-8',
    ],
    [
      'a duplicate key',
      'auth: {}\nmodels: {}\nauth: {}\n',
      ':3:1: auth: duplicate key, first used in line 1',
    ],
  ])('gives the position of %s', async (_, text, said) => {
    const { code, stdout, stderr } = await check(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(file + said);
    expect(stderr).not.toContain('    at ');
  });

  it('reports that the file does not exist', async () => {
    const none = join(folder, 'none.yaml');
    expect(await runCli(['check', none])).toMatchObject({
      code: 1,
      stderr: `${none}: cannot load the configuration: no such file\n${none}: 1 problem\n`,
    });
  });
});
