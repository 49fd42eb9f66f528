import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';

/** The commands that come to an end by themselves, with what they write held back. */
describe('run', () => {
  let folder: string;
  let stdout: string;
  let stderr: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-run-'));
    stdout = '';
    stderr = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((stdout += String(text))));
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((stderr += String(text))));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function config(models: Record<string, unknown>[]): string[] {
    const path = join(folder, 'models.yaml');
    writeFileSync(
      path,
      JSON.stringify({ auth: { api_keys: ['sk-0123456789'] }, models: { openai: models } }),
    );
    return ['--config', path];
  }
  const GOOD = { name: 'good', base_url: 'sandbox://v1', api_key: 'sandbox-key' };
  const BAD = { name: 'bad', base_url: 'sandbox:v1', api_key: 'sk-wrong' };
  const OFF = { name: 'off', base_url: 'sandbox:/v1', enabled: false };

  it('chats on the sandbox, however its address is spelt', async () => {
    expect(await run(['--mode', 'local', '--message', 'ping', ...config([OFF, GOOD])])).toBe(0);
    expect(stdout).toMatch(/^Hello! I am good, .*"ping".*\n$/);
    expect(stderr).toBe('');
  });

  it('tests models and reports its progress', async () => {
    expect(await run(['--mode', 'test', ...config([GOOD, BAD, OFF])])).toBe(1);
    expect(stdout.split('\n').map((line) => line.split(/ +/, 2).join(' '))).toEqual([
      'MODEL STATUS',
      'good available',
      'bad unavailable',
      '',
    ]);
    expect(stderr).toMatch(/^good: available, \d\.\d{3} s$/m);
    expect(stderr).toMatch(/^bad: unavailable, \d\.\d{3} s, upstream_auth_failed$/m);
  });

  it('reports what failed, and lists the enabled and disabled models', async () => {
    expect(await run(['--mode', 'local', '--model', 'bad', ...config([BAD])])).toBe(1);
    expect(stderr).toMatch(
      /^llm-gateway: the built-in sandbox will refuse the calls of "bad", .*\nllm-gateway: bad: .*\(upstream_auth_failed\)\n$/,
    );
    stderr = '';
    expect(await run(['--mode', 'test', '--model', 'off', ...config([GOOD, OFF])])).toBe(1);
    expect(stderr).toMatch(/'off' is disabled in .*\nEnabled models: good\nDisabled models: off\n$/);
    stderr = '';
    expect(await run(['--mode', 'local', ...config([OFF])])).toBe(1);
    expect(stderr).toMatch(/no model is enabled in .*models\.yaml\n$/);
    expect(stdout).toBe('');
  });

  it('lists without starting anything', async () => {
    expect(await run(['--mode', 'list', ...config([GOOD, OFF])])).toBe(0);
    expect(stdout).toMatch(/^good +openai +enabled +- +sandbox:\/\/v1$/m);
    stdout = '';
    expect(await run(['--mode', 'list', '--json', ...config([GOOD, OFF])])).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  it('keeps secrets out of the list, wherever they occur', async () => {
    writeFileSync(join(folder, 'path-secret'), 'hidden-path-1');
    const models = [{ name: 'm', base_url: 'https://x.example/${file:path-secret}/v1?key=hidden-query-2' }];
    expect(await run(['--mode', 'list', ...config(models)])).toBe(0);
    expect(stdout).toContain('https://x.example/[redacted]/v1\n');
  });

  it('makes keys, shows help and version', async () => {
    expect(await run(['key'])).toBe(0);
    expect(await run(['key', '--json'])).toBe(0);
    expect(await run(['--help'])).toBe(0);
    expect(await run(['--version'])).toBe(0);
    expect(stdout).toMatch(/key_sha256: "[0-9a-f]{64}"/);
    expect(stdout).toMatch(/\d+\.\d+\.\d+\n$/);
  });

  it('shows the help of one command, with its options alone', async () => {
    expect(await run(['help'])).toBe(0);
    expect(stdout).toContain('Commands:\n');
    stdout = '';
    expect(await run(['help', 'usage'])).toBe(0);
    const shown = stdout;
    expect(shown).toMatch(/^Usage: llm-gateway usage \[options\]\n\n {2}show what calls used/);
    expect([...shown.matchAll(/^ +(--[a-z-]+)/gm)].map(([, name]) => name)).toEqual([
      '--config',
      '--since',
      '--by',
      '--csv',
      '--json',
    ]);
    stdout = '';
    expect(await run(['usage', '--help'])).toBe(0);
    expect(stdout).toBe(shown);
    for (const word of ['check', 'chat', 'test', 'list', 'import', 'sandbox'])
      expect(await run(['help', word])).toBe(0);
  });

  it('distinguishes wrong arguments from a wrong configuration', async () => {
    expect(await run(['--wrong'])).toBe(2);
    expect(stderr).toMatch(/^llm-gateway: Unknown option '--wrong'\nTry 'llm-gateway --help'\.\n$/);
    expect(await run(['--mode', 'list', ...config([])])).toBe(1);
    expect(await run(['--mode', 'local', '--config', join(folder, 'none.yaml')])).toBe(1);
    expect(stderr).not.toContain('    at ');
  });
});
