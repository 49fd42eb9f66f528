import { join } from 'node:path';
import { CLI_KEY, CliProcess, ConfigFolder, runCli } from '../support/cli-process.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let folder: ConfigFolder;
let upstream: TestUpstream;
let url: string;

const configOf = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  auth: {
    teams: [{ name: '=cmd|team, "x"' }],
    api_keys: [
      { name: '搜索', key: CLI_KEY, team: '=cmd|team, "x"' },
      { name: 'other', key: 'sk-cli-other-key-0001' },
    ],
  },
  usage: { store: 'file:data/usage.db' },
  models: {
    openai: [
      { name: 'chat', base_url: upstream.url, price: { input: 1000, output: 10_000 } },
      { name: 'unpriced', base_url: upstream.url, api_key: '${ABSENT_HERE:-x}' },
    ],
  },
  ...more,
});

async function ask(model: string, key: string): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

beforeAll(async () => {
  upstream = await startUpstream(({ res }) =>
    sendJson(res, completion('hello', { usage: { prompt_tokens: 1234, completion_tokens: 50 } })),
  );
  folder = new ConfigFolder();
  folder.write(configOf());
  const gateway = new CliProcess(['--config', folder.file]);
  url = await gateway.listening();
  await ask('chat', CLI_KEY);
  await ask('chat', 'sk-cli-other-key-0001');
  await ask('unpriced', 'sk-cli-other-key-0001');
  // Written by now: the route waits for it.
  await fetch(`${url}/v1/usage`, { headers: { authorization: `Bearer ${CLI_KEY}` } });
});

afterAll(async () => {
  await CliProcess.endAll();
  await upstream.close();
  folder.remove();
});

const usage = (...words: string[]) => runCli(['usage', '--config', folder.file, ...words]);

describe('llm-gateway usage, beside a running gateway', () => {
  it('shows a table by key, numbers to the right, with a line for all', async () => {
    const { code, stdout, stderr } = await usage();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'KEY    REQUESTS  ERRORS  PROMPT_TOKENS  CACHED_TOKENS  COMPLETION_TOKENS  REASONING_TOKENS  UNPRICED_REQUESTS  COST_USD',
        'other         2       0          2,468              0                100                 0                  1  1.734000',
        '搜索          1       0          1,234              0                 50                 0                  0  1.734000',
        'TOTAL         3       0          3,702              0                150                 0                  1  3.468000',
        '',
      ].join('\n'),
    );
  });

  it('groups by what is asked for', async () => {
    const { stdout } = await usage('--by', 'model,day', '--since', '30d');
    const today = new Date().toISOString().slice(0, 10);
    const cells = stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 3).join(' '));
    expect(cells).toEqual(['MODEL DAY REQUESTS', `chat ${today} 2`, `unpriced ${today} 1`, 'TOTAL 3 0', '']);
    expect(stdout).toMatch(/unpriced .* -$/m);
  });

  it('prints JSON as the route does', async () => {
    const { stdout } = await usage('--json', '--by', 'key');
    expect(JSON.parse(stdout)).toMatchObject({
      object: 'list',
      data: [
        { key: 'other', requests: 2, unpriced_requests: 1, cost_usd: 1.734 },
        { key: '搜索', requests: 1, prompt_tokens: 1234, cost_usd: 1.734 },
      ],
    });
  });

  it('prints CSV that no spreadsheet takes for formulas', async () => {
    const { stdout } = await usage('--csv', '--by', 'team,model');
    expect(stdout.split('\r\n')).toEqual([
      'team,model,requests,errors,prompt_tokens,cached_tokens,cache_write_tokens,completion_tokens,reasoning_tokens,estimated_requests,uncounted_requests,unpriced_requests,cost_usd',
      ',chat,1,0,1234,0,0,50,0,0,0,0,1.734',
      ',unpriced,1,0,1234,0,0,50,0,0,0,1,',
      `"'=cmd|team, ""x""",chat,1,0,1234,0,0,50,0,0,0,0,1.734`,
      '',
    ]);
  });

  it.each([
    [['--since', 'yesterday'], '--since must be a number of hours, days or weeks such as 30d'],
    [['--by', 'key,colour'], '--by must be a list of key, team, model, operation, error, day'],
    [['--json', '--csv'], '--json and --csv cannot be combined'],
    [['--message', 'x'], '--message cannot be combined with the command usage'],
  ])('ends with 2 for %j', async (words, message) => {
    const { code, stdout, stderr } = await usage(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('reports that there is nothing to read, and creates nothing', async () => {
    const other = new ConfigFolder();
    try {
      other.write(configOf());
      const absent = await runCli(['usage', '--config', other.file]);
      expect([absent.code, absent.stdout]).toEqual([1, '']);
      expect(absent.stderr).toBe(
        `llm-gateway: nothing was recorded yet: ${join(other.path, 'data', 'usage.db')} does not exist\n`,
      );
      other.write(configOf({ usage: {} }));
      const memory = await runCli(['usage', '--config', other.file]);
      expect([memory.code, memory.stderr]).toEqual([
        1,
        expect.stringContaining('has no usage.store') as string,
      ]);
      other.write(configOf({ usage: { store: 'postgres://u:secret-of-pg@127.0.0.1:1/d' } }));
      const away = await runCli(['usage', '--config', other.file]);
      expect([away.code, away.stderr]).toEqual([
        1,
        'llm-gateway: the store of usage cannot be read: ECONNREFUSED\n',
      ]);
      other.write(configOf({ usage: { store: 'postgres://u:${ABSENT_PASSWORD}@127.0.0.1:1/d' } }));
      const secret = await runCli(['usage', '--config', other.file]);
      expect([secret.code, secret.stderr]).toEqual([1, expect.stringContaining('ABSENT_PASSWORD') as string]);
    } finally {
      other.remove();
    }
  });
});
