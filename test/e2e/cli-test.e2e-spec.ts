import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CliProcess, ConfigFolder, runCli } from '../support/cli-process.js';

describe('--mode test', () => {
  let sandbox: Sandbox;
  let folder: ConfigFolder;
  let test: string[];

  beforeEach(async () => {
    sandbox = await Sandbox.start({ latencyMs: 600 });
    const good = { base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' };
    folder = new ConfigFolder().write({
      models: {
        openai: [
          { name: '好模型', ...good },
          { name: 'also-good', ...good },
          { name: 'bad', base_url: `${sandbox.url}/v1`, api_key: 'sk-wrong-secret' },
          { name: 'off', ...good, enabled: false },
        ],
      },
    });
    test = ['--mode', 'test', '--config', folder.file];
  });

  afterEach(async () => {
    await CliProcess.endAll();
    await sandbox.close();
    folder.remove();
  });

  it('tests all enabled models side by side: exit code 1 when one fails', async () => {
    const cli = new CliProcess(test, { input: '' });
    await sandbox.waitFor(({ openCalls }) => openCalls === 2, 15_000);
    const { code, stdout, stderr } = await cli.ended();
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe('MODEL      STATUS       TIME (s)  RESULT');
    expect(lines[1]).toMatch(/^好模型 {5}available {7}\d\.\d{3} {2}你好！我是沙箱里的演示模型 好模型。.*…$/);
    expect(lines[2]).toMatch(/^also-good {2}available {7}\d\.\d{3} {2}你好/);
    expect(lines[3]).toMatch(/^bad {8}unavailable {5}\d\.\d{3} {2}upstream_auth_failed: /);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^bad: unavailable, \d\.\d{3} s, upstream_auth_failed$/),
      expect.stringMatching(/: available, \d\.\d{3} s$/),
      expect.stringMatching(/: available, \d\.\d{3} s$/),
    ]);
    expect(stdout + stderr).not.toContain('sk-wrong-secret');
  });

  it('tests one model with a message of one’s own, and answers in JSON', async () => {
    const { code, stdout } = await runCli([...test, '--model', 'also-good', '--message', 'ping', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      {
        model: 'also-good',
        status: 'available',
        response_time: expect.any(Number) as number,
        test_message: 'ping',
        response: expect.stringContaining('You said: "ping".') as string,
      },
    ]);
  });

  it('tests every deployment by itself, and fails when one is dead', async () => {
    const good = { base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' };
    const deployments = (key: string) => [
      { ...good, name: 'east', api_key: key },
      { ...good, name: 'west', weight: 0 },
    ];
    folder.write({
      models: {
        openai: [
          { name: 'both', deployments: deployments('sandbox-key') },
          { name: 'second', deployments: deployments('sk-wrong-secret') },
          { name: 'single', deployments: [{ name: 'only', ...good }] },
        ],
      },
    });
    const { code, stdout, stderr } = await runCli(test);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual([
      'MODEL   DEPLOYMENT  STATUS       TIME (s)  RESULT',
      expect.stringMatching(/^both {4}east {8}available {7}\d/),
      expect.stringMatching(/^both {4}west {8}available {7}\d/),
      expect.stringMatching(/^second {2}east {8}unavailable {5}\d\.\d{3} {2}upstream_auth_failed: /),
      expect.stringMatching(/^second {2}west {8}available {7}\d/),
      expect.stringMatching(/^single {2}- {11}available {7}\d/),
    ]);
    expect(stderr).toMatch(/^second\/east: unavailable, \d\.\d{3} s, upstream_auth_failed$/m);
    expect(stderr).toMatch(/^single: available/m);
    const json = await runCli([...test, '--json', '--model', 'second']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { model: 'second', deployment: 'east', status: 'unavailable', error: { code: 'upstream_auth_failed' } },
      { model: 'second', deployment: 'west', status: 'available' },
    ]);
  });

  it('has the whole error in its JSON', async () => {
    const { code, stdout } = await runCli([...test, '--model', 'bad', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        model: 'bad',
        status: 'unavailable',
        error: { type: 'upstream_error', code: 'upstream_auth_failed', param: null },
      },
    ]);
  });

  it.each([
    ['nobody', "there is no model 'nobody'"],
    ['off', "'off' is disabled"],
  ])('%s cannot be tested: exit code 1', async (model, said) => {
    const { code, stdout, stderr } = await runCli([...test, '--model', model]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toContain('好模型, also-good, bad');
    expect(sandbox.requests).toEqual([]);
  });

  it('ends on Ctrl-C', async () => {
    sandbox.fail('hang', 2);
    const cli = new CliProcess(test, { input: '' });
    await sandbox.waitFor(({ openCalls }) => openCalls === 2, 15_000);
    cli.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/llm-gateway: cancelled\n$/);
  });
});
