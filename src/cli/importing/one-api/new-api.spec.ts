import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { writeConfig } from '../write-config.js';
import { importOneApi } from './one-api.js';

type Model = Readonly<Record<string, unknown>>;
/** What the specs look into. */
interface Written {
  readonly auth: { readonly api_keys: Model[]; readonly teams?: Model[] };
  readonly models: Readonly<Record<string, Model[]>>;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function imported(tables: object) {
  const path = join(folder, 'export.json');
  writeFileSync(path, JSON.stringify(tables));
  const gateway = await importOneApi(path, true);
  const config = load(writeConfig(gateway, 'export.json').yaml) as Written;
  return {
    config,
    model: (name: string): Model =>
      Object.values(config.models)
        .flat()
        .find((model) => model['name'] === name)!,
    notes: gateway.notes.map(({ what, why, of }) => `${what} (${of.join(', ')}): ${why}`),
  };
}

const channel = (fields: object) => ({
  id: 1,
  type: 1,
  key: 'sk-1',
  status: 1,
  name: 'c',
  models: 'm',
  ...fields,
});

describe('channels of new-api', () => {
  it('makes a deployment of each key in use, which share the weight of the channel', async () => {
    const { model, notes } = await imported([
      channel({
        key: 'sk-1\nsk-2\nsk-3\n',
        weight: 10,
        channel_info: { is_multi_key: true, multi_key_status_list: { 1: 2 }, multi_key_mode: 'polling' },
      }),
      channel({ id: 2, name: 'other', key: 'sk-4', weight: 5, base_url: 'https://other.example' }),
      channel({
        id: 3,
        name: 'reserve',
        key: '["sk-5","sk-6"]',
        priority: -1,
        channel_info: '{"is_multi_key":true}',
      }),
    ]);
    const usual = 'https://api.openai.com/v1';
    expect(model('m')['deployments']).toEqual([
      { name: 'c', weight: 5, base_url: usual, api_key: 'sk-1' },
      { name: 'c-2', weight: 5, base_url: usual, api_key: 'sk-3' },
      { name: 'other', weight: 5, base_url: 'https://other.example/v1', api_key: 'sk-4' },
      { name: 'reserve', weight: 0, base_url: usual, api_key: 'sk-5' },
      { name: 'reserve-2', weight: 0, base_url: usual, api_key: 'sk-6' },
    ]);
    expect(notes).toContain('keys of a channel (c): 1 of 3 are disabled');
  });

  it('keeps the shares of keys whose number does not divide the weight', async () => {
    const { model } = await imported([
      channel({ key: 'a\nb\nc', weight: 10, channel_info: { is_multi_key: true } }),
      channel({ id: 2, name: 'other', key: 'd', weight: 900 }),
    ]);
    const weights = (model('m')['deployments'] as { weight: number }[]).map(({ weight }) => weight);
    expect(weights).toEqual([4, 4, 4, 1000]);
  });

  it('follows a chain of names to its end, but not a circle', async () => {
    const { model } = await imported([
      channel({ models: 'm,round', model_mapping: '{"m":"n","n":"real","round":"trip","trip":"round"}' }),
    ]);
    expect([model('m')['model_name'], model('round')['model_name']]).toEqual(['real', 'trip']);
  });

  it('imports proxy, organization and headers, and names what it cannot import', async () => {
    const { model, notes } = await imported([
      channel({
        models: 'm',
        openai_organization: 'org-1',
        header_override: '{"X-Team":"a","X-Key":"k-{api_key}","X-From":"{client_header:x-from}","re:^x-":""}',
        setting: '{"proxy":"http://proxy.example:3128","force_format":true}',
      }),
      channel({ id: 2, name: 'socks', models: 'n', setting: '{"proxy":"socks5://proxy.example:1080"}' }),
      channel({ id: 3, name: 'broken', models: 'o', setting: '{"proxy":', param_override: '{"top_p":1}' }),
    ]);
    expect(model('m')).toMatchObject({
      proxy: 'http://proxy.example:3128',
      headers: { 'OpenAI-Organization': 'org-1', 'X-Team': 'a', 'X-Key': 'k-sk-1' },
    });
    expect(Object.keys(model('m')['headers'] as object)).toHaveLength(3);
    expect(model('n')).not.toHaveProperty('proxy');
    for (const name of [
      'header_override.X-From (c)',
      'header_override.re:^x- (c)',
      'setting.force_format (c)',
      'setting.proxy (socks)',
      'setting (broken): it is not a mapping in JSON',
      'param_override (broken)',
    ])
      expect(notes).toContainEqual(expect.stringContaining(name));
  });

  it.each([
    [
      'the path that the gateway appends',
      { base_url: 'https://a.example/v1/chat/completions' },
      'https://a.example/v1',
    ],
    [
      'a whole address with the model',
      { type: 8, base_url: 'https://a.example/{model}/chat/completions' },
      'https://a.example/m',
    ],
    [
      'an account of Cloudflare',
      { type: 39, other: 'acc' },
      'https://api.cloudflare.com/client/v4/accounts/acc/ai/v1',
    ],
    [
      "Cloudflare's gateway",
      { base_url: 'https://gateway.ai.cloudflare.com/v1/a/g/openai' },
      'https://gateway.ai.cloudflare.com/v1/a/g/openai',
    ],
    [
      'a name for an address',
      { type: 26, base_url: 'glm-coding-plan' },
      'https://open.bigmodel.cn/api/coding/paas/v4',
    ],
  ])('reads %s', async (_what, fields, base_url) => {
    expect((await imported([channel(fields)])).model('m')['base_url']).toBe(base_url);
  });

  it("keeps the dots of a name in Azure's address from May 2025 on, and takes the version of either column", async () => {
    const azure = { type: 3, base_url: 'https://r.azure.example' };
    const { model, notes } = await imported([
      channel({ ...azure, models: 'gpt-4.1', created_time: 1_700_000_000, other: '2024-02-01' }),
      channel({
        ...azure,
        id: 2,
        models: 'gpt-5.1',
        created_time: 1_750_000_000,
        config: '{"api_version":"2025-01-01"}',
      }),
    ]);
    expect(model('gpt-4.1')).toMatchObject({
      base_url: 'https://r.azure.example/openai/deployments/gpt-41',
      query: { 'api-version': '2024-02-01' },
    });
    expect(model('gpt-5.1')).toMatchObject({
      base_url: 'https://r.azure.example/openai/deployments/gpt-5.1',
      query: { 'api-version': '2025-01-01' },
    });
    expect(notes.filter((note) => !note.startsWith('API keys'))).toEqual([]);
  });

  it('converts ratios to prices, and names an input ratio without an output ratio', async () => {
    const { model, notes } = await imported({
      channels: [channel({ models: 'm,fixed,half,gift' })],
      options: [
        { key: 'ModelRatio', value: '{"m":1.25,"half":2,"gift":0}' },
        { key: 'CompletionRatio', value: '{"m":4}' },
        { key: 'CacheRatio', value: '{"m":0.5}' },
        { key: 'ModelPrice', value: '{"fixed":0.04}' },
        { key: 'GroupRatio', value: '{"default":1,"vip":0.5}' },
      ],
    });
    expect(model('m')['price']).toEqual({ input: 2.5, cached_input: 1.25, output: 10 });
    expect(model('fixed')['price']).toEqual({ input: 0, output: 0, per_request: 0.04 });
    expect(model('gift')['price']).toEqual({ input: 0, output: 0 });
    expect(model('half')).not.toHaveProperty('price');
    expect(notes).toContainEqual(expect.stringContaining('ModelRatio (half)'));
    expect(notes).toContainEqual(expect.stringContaining('option GroupRatio'));
  });
});

describe('tokens of new-api', () => {
  const token = (fields: object) => ({
    id: 1,
    user_id: 2,
    key: 'abcdefghijklmnopqrst',
    status: 1,
    name: 't',
    expired_time: -1,
    remain_quota: 500_000,
    unlimited_quota: true,
    ...fields,
  });
  const user = (fields: object) => ({
    id: 2,
    username: 'ann',
    status: 1,
    quota: 2_000_000,
    group: 'default',
    ...fields,
  });
  const channels = [
    channel({ models: 'm,n', group: 'default' }),
    channel({ id: 2, name: 'vip', models: 'big', group: 'vip,staff' }),
  ];

  it.each([
    ['deleted', token({ deleted_at: '2026-01-01T00:00:00Z' }), user({}), 'it was deleted'],
    ['of a disabled user', token({}), user({ status: 2 }), 'its user is disabled'],
    ['of a deleted user', token({}), user({ DeletedAt: '2026-01-01T00:00:00Z' }), 'its user is disabled'],
    ['of a user without quota', token({}), user({ quota: 0 }), 'the quota of its user is used up'],
    ['used up', token({ unlimited_quota: false, remain_quota: 0 }), user({}), 'its quota is used up'],
  ])('omits a token that is %s', async (_what, row, owner, why) => {
    const { config, notes } = await imported({ channels, tokens: [row], users: [owner] });
    expect(config.auth.api_keys.map(({ name }) => name)).toEqual(['default']);
    expect(notes).toContain(`a key (t): ${why}`);
  });

  it('become keys of the team of their user, with the models of their group', async () => {
    const { config } = await imported({
      channels,
      tokens: [
        token({}),
        token({ id: 2, name: 'staff', key: 'bbbbbbbbbbbbbbbbbbbb', group: 'staff' }),
        token({
          id: 3,
          name: 'few',
          key: 'cccccccccccccccccccc',
          model_limits_enabled: true,
          model_limits: 'n,big',
        }),
        token({ id: 4, name: 'auto', key: 'dddddddddddddddddddd', group: 'auto', unlimited_quota: false }),
      ],
      users: [user({})],
    });
    expect(config.auth.teams).toEqual([{ name: 'ann', limits: { budget: { usd: 4, per: 'total' } } }]);
    expect(config.auth.api_keys).toEqual([
      { name: 't', key: 'sk-abcdefghijklmnopqrst', team: 'ann', models: ['m', 'n'] },
      { name: 'staff', key: 'sk-bbbbbbbbbbbbbbbbbbbb', team: 'ann', models: ['big'] },
      { name: 'few', key: 'sk-cccccccccccccccccccc', team: 'ann', models: ['n'] },
      {
        name: 'auto',
        key: 'sk-dddddddddddddddddddd',
        team: 'ann',
        limits: { budget: { usd: 1, per: 'total' } },
      },
    ]);
  });
});
