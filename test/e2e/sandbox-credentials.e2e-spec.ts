import { CLI_KEY, CliProcess, ConfigFolder, MAIN, poll, runCli } from '../support/cli-process.js';
import { describeWithTool } from '../support/needs-tool.js';

const ON_SANDBOX = { base_url: 'sandbox:/v1' };
const LOGIN = { ...ON_SANDBOX, auth_url: 'sandbox:/login', username: 'demo' };
const EXPECTED_KEY = 'expected api_key: "sandbox-key"';

/** What is refused, by the names of models: with the setting that is expected. */
const REFUSED: Readonly<Record<string, string>> = {
  keyless: EXPECTED_KEY,
  wrong: EXPECTED_KEY,
  claude: EXPECTED_KEY,
  gemini: EXPECTED_KEY,
  fixed: 'expected token: "sandbox-key"',
  login: 'expected username: "demo" and password: "demo-password"',
};

const MODELS = {
  openai: [
    { ...ON_SANDBOX, name: 'keyless' },
    { ...ON_SANDBOX, name: 'wrong', api_key: 'sk-wrong-0001' },
    { ...ON_SANDBOX, name: 'right', api_key: 'sandbox-key' },
    { ...ON_SANDBOX, name: 'by-header', headers: { authorization: 'Bearer sandbox-key' } },
    { ...ON_SANDBOX, name: 'off', enabled: false },
    {
      name: 'half-wrong',
      deployments: [
        { ...ON_SANDBOX, name: 'a', api_key: 'sandbox-key' },
        { ...ON_SANDBOX, name: 'b' },
      ],
    },
  ],
  anthropic: [
    { base_url: 'sandbox:', name: 'claude' },
    { base_url: 'sandbox:', name: 'claude-right', api_key: 'sandbox-key' },
  ],
  gemini: [
    { base_url: 'sandbox:/v1beta', name: 'gemini' },
    { base_url: 'sandbox:/v1beta', name: 'gemini-right', api_key: 'sandbox-key' },
  ],
  request: [
    { ...ON_SANDBOX, name: 'fixed', token: 'token-wrong-0001' },
    { ...ON_SANDBOX, name: 'fixed-right', token: 'sandbox-key' },
    { ...LOGIN, name: 'login', password: 'password-wrong-0001' },
    { ...LOGIN, name: 'login-right', password: 'demo-password' },
  ],
};

const messagesOf = (lines: readonly unknown[]): string[] =>
  lines.filter((line): line is string => typeof line === 'string' && line.includes('built-in sandbox'));

describe('a model on the sandbox without the credential that it accepts', () => {
  let folder: ConfigFolder;

  beforeEach(() => {
    folder = new ConfigFolder().write({ models: MODELS });
  });

  afterEach(async () => {
    await CliProcess.endAll();
    folder.remove();
  });

  const lines = [
    ...Object.entries(REFUSED).map(([name, expected]) => `"${name}", ${expected}`),
    `the deployment "b" of "half-wrong", ${EXPECTED_KEY}`,
  ]
    .map((line) => `the built-in sandbox will refuse the calls of ${line}`)
    .toSorted();

  it('is named when the server starts, and again when a change brings one', async () => {
    const gateway = new CliProcess(['--config', folder.file, '--port', '0']);
    const url = await gateway.listening();
    expect(messagesOf(gateway.log.map(({ message }) => message)).toSorted()).toEqual(lines);
    expect(gateway.log.find(({ message }) => message === 'listening')!['sandbox_models']).toHaveLength(13);
    expect(gateway.stdout).not.toMatch(/-wrong-0001/);
    // What the start says is what happens.
    for (const { name, enabled } of Object.values(MODELS).flat() as { name: string; enabled?: boolean }[]) {
      if (enabled === false) continue;
      const test = await fetch(`${url}/v1/models/${name}/test`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CLI_KEY}` },
      });
      const { status } = (await test.json()) as { status: string };
      expect([name, status]).toEqual([
        name,
        REFUSED[name] === undefined ? 'available' : expect.not.stringMatching(/^available$/),
      ]);
    }
    folder.write({ models: { openai: [{ ...ON_SANDBOX, name: 'later' }] } });
    gateway.kill('SIGHUP');
    await poll(() => gateway.log.some(({ message }) => message === 'configuration reloaded'));
    const reloaded = gateway.log.find(({ message }) => message === 'configuration reloaded')!;
    expect(reloaded['warnings']).toEqual([
      `the built-in sandbox will refuse the calls of "later", ${EXPECTED_KEY}`,
    ]);
  });

  it.each([
    ['--mode local', ['--mode', 'local', '--model', 'keyless']],
    ['chat', ['chat', 'keyless']],
  ])('is named by %s, for the model of the conversation only', async (_what, args) => {
    const { stdout, stderr } = await runCli([...args, '--config', folder.file], { input: '' });
    expect(stdout).toBe('');
    expect(messagesOf(stderr.split('\n'))).toEqual([
      `llm-gateway: the built-in sandbox will refuse the calls of "keyless", ${EXPECTED_KEY}`,
    ]);
  });

  describeWithTool('script', ['--version'], 'on a terminal', () => {
    it('is distinguished from one that works, and the banner shows what the sandbox accepts', async () => {
      const line = [process.execPath, MAIN, '--config', folder.file, '--port', '0']
        .map((word) => `'${word}'`)
        .join(' ');
      const gateway = new CliProcess(['-qec', line, '/dev/null'], { command: ['script'], isGroup: true });
      await gateway.until(() => gateway.stdout.includes('Ctrl-C stops it.'));
      const text = gateway.stdout.replaceAll('\r', '');
      expect(text).toMatch(/^ {2}Sandbox {5}simulates every model$/m);
      expect(text).toContain(
        'models on it have api_key "sandbox-key", or username "demo" and password "demo-password"',
      );
      expect(text).toContain(lines[0]);
      gateway.kill('SIGTERM');
      await gateway.ended();
    });
  });
});
