import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadText } from '../fixtures/config/load-text.js';
import { CLI_KEY, CliProcess, ConfigFolder, MAIN, ROOT, runCli } from '../support/cli-process.js';

const SECRETS = ['sk-upstream-secret-1', 'token-secret-2', 'password-secret-3', 'query-secret-4', CLI_KEY];

describe('command line', () => {
  let folder: ConfigFolder;

  beforeEach(() => {
    folder = new ConfigFolder().write({
      models: {
        openai: [
          {
            name: '通义千问',
            base_url: 'https://qwen.example/v1?key=query-secret-4',
            api_key: SECRETS[0],
            max_tokens: 8192,
          },
          { name: 'off', base_url: 'http://127.0.0.1:9/v1', enabled: false },
        ],
        request: [
          { name: 'fixed', base_url: 'sandbox:/v1', token: SECRETS[1] },
          {
            name: 'login',
            base_url: 'https://login.example',
            auth_url: 'https://login.example/auth',
            username: 'me',
            password: SECRETS[2],
            model_name: 'real-name',
            max_tokens: 100,
          },
        ],
      },
    });
  });

  afterEach(async () => {
    await CliProcess.endAll();
    folder.remove();
  });

  it('answers --help at once, on stdout', async () => {
    const command = ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', process.execPath, MAIN] as const;
    const { code, stdout, stderr } = await runCli(['--help'], { command });
    expect(code).toBe(0);
    for (const word of ['--mode', '--reload', 'sandbox', 'PORT', 'LLM_GATEWAY_CONFIG', 'Exit codes'])
      expect(stdout).toContain(word);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    // Nothing but the times: seconds of processor time, which other processes do not add to.
    expect(stderr).toMatch(/^[\d.]+ [\d.]+\n$/);
    const [user, system] = stderr.split(' ').map(Number);
    expect(user! + system!).toBeLessThan(0.5);
  });

  it('shows the help of one command', async () => {
    const { code, stdout } = await runCli(['help', 'chat']);
    expect([code, stdout.split('\n', 1)]).toEqual([0, ['Usage: llm-gateway chat [MODEL] [options]']]);
    expect(await runCli(['help'])).toMatchObject({ code: 0, stdout: (await runCli(['--help'])).stdout });
  });

  it('fails with a message if its output cannot be written, but not if its reader has closed the pipe', async () => {
    const shell = (line: string) =>
      runCli([], { command: ['bash', '-o', 'pipefail', '-c', line, process.execPath, MAIN] });
    expect(await shell('"$0" "$1" schema > /dev/full')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^llm-gateway: the output cannot be written \(ENOSPC.*\)\n$/),
    });
    expect(await shell('"$0" "$1" schema | head -1')).toMatchObject({ code: 0, stdout: '{\n', stderr: '' });
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.each([
    [['--nope'], '--nope'],
    [['--mode', 'fly'], 'server, local, list, test'],
    [['fly'], 'key, sandbox'],
    [['key', 'twice'], "'twice'"],
    [['key', '--mode', 'list'], '--mode'],
    [
      ['key', '--budget', '20'],
      '--budget must be US dollars per hour, day, week, month, year, total, such as 20/month',
    ],
    [['key', '--budget', '0/month'], '--budget'],
    [['key', '--budget', '20/fortnight'], "not '20/fortnight'"],
    [['key', '--expires', '2027-02-30'], '--expires is not a day of the calendar'],
    [['key', '--expires', '2020-01-31'], '--expires is past: 2020-01-31'],
    [['key', '--models', 'a,,b'], '--models'],
    [['key', '--name', ' '], '--name must not be empty'],
    [['key', '--rpm', '0'], '--rpm must be a whole number of at least 1'],
    [['key', '--tokens-per-minute', '1.5'], '--tokens-per-minute must be'],
    [['key', '--rpm', '5', '--requests-per-minute', '5'], '--requests-per-minute and --rpm are the same'],
    [['--mode', 'list', '--team', 'a'], '--team cannot be combined with --mode list'],
    [['--port', '70000'], '65535'],
    [['--port', 'http'], '65535'],
    [['--message'], '--message'],
    [['--mode', 'list', '--message', 'hello'], '--message cannot be combined with --mode list'],
    [['--mode', 'test', '--reload'], '--reload'],
    [['--interactive'], '--interactive cannot be combined with --mode server'],
    [['--mode', 'local', '--json'], '--json'],
    [['sandbox', '--model', 'gpt-4'], '--model cannot be combined with the command sandbox'],
    [['--host', 'http://localhost:80'], '--host'],
  ])('refuses %j: exit code 2', async (args, said) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
  });

  it.each(['server', 'local', 'list', 'test'])('%s: a wrong configuration is exit code 1', async (mode) => {
    folder.write({
      models: {
        openai: [{ name: 'a', base_url: 'ftp://x', api_kye: 'sk-secret-typo' }, { base_url: 'http://x' }],
      },
    });
    const { code, stdout, stderr } = await runCli(['--mode', mode, '--config', folder.file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) expect(line).toMatch(/models\.yaml:\d+: models\.openai\[\d\]/);
    expect(stderr).toContain('api_key');
    expect(stderr).not.toContain('sk-secret-typo');
  });

  it('takes the configuration from LLM_GATEWAY_CONFIG, and from --config rather', async () => {
    const env = { LLM_GATEWAY_CONFIG: folder.file };
    expect((await runCli(['--mode', 'list'], { env })).stdout).toContain('通义千问');
    const missing = await runCli(['--mode', 'list', '--config', '/nowhere.yaml'], { env });
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('/nowhere.yaml');
  });

  it('lists every model, disabled ones too, in columns that line up on a terminal', async () => {
    const { code, stdout, stderr } = await runCli(['--mode', 'list', '--config', folder.file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'NAME      TYPE     STATE     MAX_TOKENS  ADDRESS',
      '通义千问  openai   enabled         8192  https://qwen.example/v1',
      'off       openai   disabled           -  http://127.0.0.1:9/v1',
      'fixed     request  enabled            -  sandbox:/v1',
      'login     request  enabled          100  https://login.example',
      '',
    ]);
  });

  it('lists as JSON for programs, and never a secret', async () => {
    const { stdout } = await runCli(['--mode', 'list', '--json', '--config', folder.file]);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: '通义千问',
        type: 'openai',
        enabled: true,
        max_tokens: 8192,
        model_name: '通义千问',
        base_url: 'https://qwen.example/v1',
      },
      expect.objectContaining({ name: 'off', enabled: false, max_tokens: null }),
      expect.objectContaining({ name: 'fixed', type: 'request', base_url: 'sandbox:/v1' }),
      expect.objectContaining({ name: 'login', model_name: 'real-name' }),
    ]);
    for (const secret of SECRETS) expect(stdout).not.toContain(secret);
  });

  it('makes a key whose digest opens the door', async () => {
    const { code, stdout } = await runCli(['key']);
    expect(code).toBe(0);
    const [key] = /sk-[\w-]{43}/.exec(stdout)!;
    const digest = createHash('sha256').update(key).digest('hex');
    const yaml = stdout.slice(stdout.indexOf('auth:'));
    expect(yaml).toBe(`auth:\n  api_keys:\n    - name: "my-client"\n      key_sha256: "${digest}"\n`);
    expect(yaml).not.toContain(key);

    const json = JSON.parse((await runCli(['key', '--json'])).stdout) as Record<string, string>;
    expect(json['key']).not.toBe(key);
    expect(Object.keys(json)).toEqual(['key', 'key_sha256']);
    expect(json['key_sha256']).toBe(createHash('sha256').update(json['key']!).digest('hex'));
  });

  it('makes a key with a team, an end and limits, which loads as it is printed', async () => {
    const options = [
      '--name',
      'bot "${x}" 你好',
      '--models',
      'chat, embed-*',
      '--team',
      'search: ${y}',
      '--admin',
      '--expires',
      '2099-01-31',
      '--budget',
      '20.5/month',
      '--rpm',
      '60',
      '--tokens-per-minute',
      '100000',
      '--max-concurrent',
      '20',
    ];
    const { code, stdout } = await runCli(['key', ...options]);
    expect(code).toBe(0);
    const { config } = loadText(
      `${stdout.slice(stdout.indexOf('auth:'))}models: { openai: [{ name: chat, base_url: "https://x.test" }] }\n`,
    );
    const entry = {
      name: 'bot "${x}" 你好',
      team: 'search: ${y}',
      models: ['chat', 'embed-*'],
      expires_at: '2099-01-31',
      admin: true,
      limits: {
        requests_per_minute: 60,
        tokens_per_minute: 100_000,
        max_concurrent: 20,
        budget: { usd: 20.5, per: 'month' },
      },
    };
    const [key] = /sk-[\w-]{43}/.exec(stdout)!;
    const digest = createHash('sha256').update(key).digest('hex');
    expect(config.auth.api_keys).toEqual([
      { ...entry, key_sha256: digest, expiresAtMs: Date.parse('2099-02-01T00:00:00Z') },
    ]);
    expect(config.auth.teams).toEqual([{ name: 'search: ${y}' }]);
    const json = JSON.parse((await runCli(['key', '--json', ...options])).stdout) as { entry: object };
    expect(json.entry).toMatchObject(entry);
  });
});
