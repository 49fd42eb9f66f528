import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/cli-process.js';

const CONFIG = `auth:
  teams: [{ name: search, limits: { budget: { usd: 200, per: month } } }]
  api_keys:
    - { name: bot, key: "key-of-the-bot-0001", team: search, models: ["chat*"], limits: { requests_per_minute: 60 } }
    - { name: old, key: "key-of-the-old-0001", expires_at: "2020-01-01" }
usage: { store: "file:usage.db" }
models:
  openai:
    - name: chat
      max_tokens: 500
      strategy: least_busy
      price: { input: 1, output: 2 }
      timeouts: { total_seconds: 90 }
      limits: { max_concurrent: 4 }
      breaker: { open_seconds: 30 }
      deployments:
        - name: east
          base_url: "https://east.test/v1?api-key=query-secret"
          api_key: key-secret-0001
          weight: 3
          proxy: "http://me:proxy-secret@proxy.test:3128"
        - { name: west, base_url: "https://west.test/v1", speaks: [openai-responses, openai-embeddings] }
        - { name: spare, base_url: "https://spare.test/v1", weight: 0 }
      fallbacks: [{ model: chat-house, on: [timeout, 429] }]
    - { name: off, base_url: "https://off.test/v1", enabled: false }
  request:
    - name: chat-house
      price: free
      base_url: "https://house.test"
      auth_url: "https://house.test/login"
      username: user-secret
      password: password-secret
      response: { text: "a" }
  anthropic:
    - { name: messages, base_url: "https://messages.test", api_key: key-secret-0002, model_name: nobody-knows }
`;

describe('llm-gateway explain', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-explain-'));
    file = join(folder, 'gateway.yaml');
    writeFileSync(file, CONFIG);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const explain = (...args: readonly string[]) => runCli(['explain', ...args, '--config', file]);

  it('shows the deployments of calls, the keys that may use them, time limits and prices, and no secret', async () => {
    const { code, stdout, stderr } = await explain('chat', '--key', 'bot');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    for (const line of [
      'chat (type openai), 3 deployments, least_busy',
      'Deployment east: weight 3, about 75 % of the calls',
      'address https://east.test/v1/chat/completions',
      'proxy http://proxy.test:3128',
      'time limits connect 5 s, first byte 120 s, idle 60 s, total 90 s',
      'breaker opens for 30 s at 50 % failures of at least 20 calls in 30 s',
      'Deployment west: weight 1, about 25 % of the calls',
      'address https://west.test/v1/responses',
      'speaks openai-responses, openai-embeddings',
      'Deployment spare: weight 0, only when no other can take the call',
      'price config: input 1, output 2',
      '/v1/chat/completions east: native; west: translated to openai-responses; spare: native',
      '/v1/messages east: translated to openai-chat; west: translated to openai-responses; spare: translated to openai-chat',
      '/v1/messages/count_tokens counted by the gateway',
      'limits at most 4 concurrent calls, 100 waiting for at most 10 s',
      'fallbacks chat-house (on timeout, 429)',
      'Key bot: may use it',
      'team search',
      'limits requests_per_minute 60',
      'team limits budget 200 USD per month',
    ])
      expect(lines).toContain(line);
    expect(stdout + stderr).not.toContain('-secret');
    // It opened no store.
    expect(readdirSync(folder)).toEqual(['gateway.yaml']);
  });

  it('shows the same as JSON', async () => {
    const { code, stdout } = await explain('messages', '--key', 'bot', '--json');
    const { deployments, routes, key } = JSON.parse(stdout) as {
      deployments: unknown;
      routes: unknown;
      key: { reasons: string[] };
    };
    expect(code).toBe(1);
    expect(deployments).toMatchObject([
      {
        url: 'https://messages.test/v1/messages',
        model_name: 'nobody-knows',
        speaks: ['anthropic-messages'],
        credential: 'api_key',
        proxy: null,
        price: null,
        timeouts: { total_seconds: 600 },
      },
    ]);
    expect(routes).toContainEqual({
      route: '/v1/messages',
      reached: [{ deployment: 'deployment-1', how: 'native' }],
    });
    expect(key).toMatchObject({ may_use: false, team: 'search', team_limits: { budget: { usd: 200 } } });
    expect(key.reasons.map((reason) => reason.split(':')[0])).toEqual([
      'model_not_allowed',
      'model_not_priced',
    ]);
  });

  it('names the proxy of the environment, and a key that has ended', async () => {
    const env = { HTTPS_PROXY: 'http://env-secret@env-proxy.test:8080', NO_PROXY: 'west.test' };
    const { code, stdout } = await runCli(['explain', 'chat-house', '--key', 'old', '--config', file], {
      env,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/proxy +http:\/\/env-proxy\.test:8080\n/);
    expect(stdout).toMatch(/credential +token of a login\n/);
    expect(stdout).toMatch(/speaks +openai-chat, by a mapping\n/);
    expect(stdout).toContain('Key old: may not use it: api_key_expired\n');
    const other = await runCli(['explain', 'chat', '--json', '--config', file], { env });
    const { deployments } = JSON.parse(other.stdout) as { deployments: { proxy: string | null }[] };
    expect(deployments.map(({ proxy }) => proxy)).toEqual([
      'http://proxy.test:3128',
      null,
      'http://env-proxy.test:8080',
    ]);
  });

  it.each([
    [['nobody'], 1, "there is no model 'nobody'"],
    [['off'], 1, "'off' is disabled"],
    [['chat', '--key', 'nobody'], 1, "there is no key 'nobody'\nKeys: bot, old"],
    [[], 2, "the command 'explain' requires the name of a model"],
  ])('refuses %j', async (args, status, said) => {
    const { code, stdout, stderr } = await explain(...args);
    expect({ code, stdout }).toEqual({ code: status, stdout: '' });
    expect(stderr).toContain(said);
  });
});
