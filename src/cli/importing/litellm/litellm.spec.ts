import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { importLiteLlm } from './litellm.js';
import { writeConfig } from '../write-config.js';

/** What the specs look into. */
interface Written {
  readonly auth: unknown;
  readonly models: Readonly<Record<string, Record<string, unknown>[]>>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function imported(yaml: string, keys?: unknown) {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, yaml);
  const keysPath = keys === undefined ? undefined : join(folder, 'keys.json');
  if (keysPath !== undefined) writeFileSync(keysPath, JSON.stringify(keys));
  const gateway = importLiteLlm(path, keysPath);
  const { yaml: text, variables } = writeConfig(gateway, 'config.yaml');
  const config = load(text) as Written;
  return { config, variables, notes: gateway.notes, text };
}

const oneModel = (params: string) =>
  imported(`model_list: [{ model_name: m, litellm_params: { ${params} } }]`);

describe('models of LiteLLM', () => {
  it.each([
    [
      'model: openai/gpt-4o, api_key: os.environ/KEY',
      'openai',
      'https://api.openai.com/v1',
      '${KEY}',
      'gpt-4o',
    ],
    ['model: gpt-4o', 'openai', 'https://api.openai.com/v1', '${OPENAI_API_KEY}', 'gpt-4o'],
    [
      'model: claude-sonnet-4-5',
      'anthropic',
      'https://api.anthropic.com',
      '${ANTHROPIC_API_KEY}',
      'claude-sonnet-4-5',
    ],
    [
      'model: groq/openai/gpt-oss',
      'openai',
      'https://api.groq.com/openai/v1',
      '${GROQ_API_KEY}',
      'openai/gpt-oss',
    ],
    [
      'model: openai//model, api_base: "http://h:1/v1/", api_key: none',
      'openai',
      'http://h:1/v1',
      undefined,
      '/model',
    ],
    ['model: ollama/qwen3, api_base: "http://h:1"', 'openai', 'http://h:1/v1', undefined, 'qwen3'],
    [
      'model: gemini/gemini-pro',
      'gemini',
      'https://generativelanguage.googleapis.com/v1beta',
      '${GEMINI_API_KEY}',
      'gemini-pro',
    ],
    [
      'model: qwen, custom_llm_provider: hosted_vllm, api_base: os.environ/BASE',
      'openai',
      '${BASE}',
      undefined,
      'qwen',
    ],
    [
      'model: org/qwen, api_base: "http://h:1/v1", api_key: "sk-a${b"',
      'openai',
      'http://h:1/v1',
      'sk-a$${b',
      'org/qwen',
    ],
  ])('%s', (params, type, base_url, api_key, model_name) => {
    const { config } = oneModel(params);
    const expected = { name: 'm', base_url, model_name, ...(api_key !== undefined && { api_key }) };
    expect(config.models).toEqual({ [type]: [expected] });
  });

  it('reads both forms of Azure', () => {
    const { config } = imported(`
model_list:
  - { model_name: old, litellm_params: { model: azure/d1, api_base: "https://r.openai.azure.com/", api_key: os.environ/K, api_version: "2024-06-01" } }
  - { model_name: new, litellm_params: { model: azure/d2, api_base: "https://r.openai.azure.com/openai/v1", api_key: os.environ/K } }`);
    expect(config.models['openai']).toEqual([
      {
        name: 'old',
        base_url: 'https://r.openai.azure.com/openai/deployments/d1',
        headers: { 'api-key': '${K}' },
        query: { 'api-version': '2024-06-01' },
        model_name: 'd1',
      },
      {
        name: 'new',
        base_url: 'https://r.openai.azure.com/openai/v1',
        headers: { 'api-key': '${K}' },
        model_name: 'd2',
      },
    ]);
  });

  it('makes deployments of services behind one name, and a fallback of those in another format', () => {
    const { config, notes } = imported(`
model_list:
  - { model_name: m, litellm_params: { model: openai/a, api_base: "http://a/v1", api_key: k, weight: 2 } }
  - { model_name: m, litellm_params: { model: openai/a, api_base: "http://b/v1", api_key: k } }
  - { model_name: m, litellm_params: { model: anthropic/c, api_key: k } }`);
    expect(config.models).toEqual({
      openai: [
        {
          name: 'm',
          api_key: 'k',
          model_name: 'a',
          deployments: [
            { name: 'openai', weight: 2, base_url: 'http://a/v1' },
            { name: 'openai-2', weight: 1, base_url: 'http://b/v1' },
          ],
          fallbacks: ['m-anthropic'],
        },
      ],
      anthropic: [
        { name: 'm-anthropic', base_url: 'https://api.anthropic.com', api_key: 'k', model_name: 'c' },
      ],
    });
    expect(notes.map(({ what }) => what)).toContain('services of several types behind one name');
  });

  it('carries clocks, retries, concurrency, headers and prices', () => {
    const { config } = oneModel(
      'model: openai/m, timeout: 30, stream_timeout: 5, max_retries: 3, max_parallel_requests: 4, max_tokens: 100, organization: org, extra_headers: { x-a: b }, input_cost_per_token: 0.00000015, output_cost_per_token: 0.0000006',
    );
    expect(config.models['openai']![0]).toMatchObject({
      timeouts: { first_byte_seconds: 5, total_seconds: 30 },
      retry: { max_retries: 3 },
      limits: { max_concurrent: 4 },
      max_tokens: 100,
      headers: { 'OpenAI-Organization': 'org', 'x-a': 'b' },
      price: { input: 0.15, output: 0.6 },
    });
  });

  it.each([
    ['model: bedrock/x', 'models of bedrock', 'signs requests with AWS keys'],
    ['model: hosted_vllm/x', 'the model', 'its api_base is missing'],
    ['model: somebody/x', 'the model', 'is not known'],
    ['model: openai/m, temperature: 0', 'temperature', 'clients send it'],
    ['model: openai/m, whatever: 0', 'whatever', 'no equivalent'],
  ])('reports what it leaves out: %s', (params, what, why) => {
    expect(oneModel(params).notes).toContainEqual({ what, why: expect.stringContaining(why), of: ['m'] });
  });
});

describe('settings of LiteLLM', () => {
  it('carries fallbacks but for those that lead nowhere or in a circle', () => {
    const { config, notes } = imported(`
model_list:
  - { model_name: a, litellm_params: { model: openai/a } }
  - { model_name: b, litellm_params: { model: openai/b } }
router_settings: { fallbacks: [{ a: [b, c] }, { b: [a] }], num_retries: 2, timeout: 60, cooldown_time: 30, model_group_alias: { d: a } }
litellm_settings: { context_window_fallbacks: [{ d: [b] }], request_timeout: 5, timezone: Asia/Shanghai }
general_settings: { master_key: os.environ/MASTER, database_url: "postgres://u:secret-of-the-database@h/d" }`);
    const models = config.models['openai'] as Record<string, unknown>[];
    expect(models.map(({ name, fallbacks }) => [name, fallbacks])).toEqual([
      ['a', ['b']],
      ['b', undefined],
      ['d', [{ model: 'b', on: ['context_length'] }]],
    ]);
    expect(config).toMatchObject({
      retry: { max_retries: 2 },
      timeouts: { total_seconds: 60 },
      breaker: { open_seconds: 30 },
      auth: { time_zone: 'Asia/Shanghai', api_keys: [{ name: 'master', key: '${MASTER}', admin: true }] },
    });
    const fallbacks = notes.filter(({ what }) => what === 'fallbacks');
    expect(fallbacks.map(({ why }) => why)).toEqual([
      'to "c": there is no such model',
      'to "a" would close a loop',
    ]);
    expect(JSON.stringify(notes)).not.toContain('secret-of-the-database');
  });

  it('carries virtual keys by their digests, with limits, budgets and teams', () => {
    const token = 'a'.repeat(64);
    const { config, notes } = imported(
      'model_list: [{ model_name: m, litellm_params: { model: openai/m } }]',
      {
        keys: [
          {
            token,
            key_alias: 'bot',
            team_alias: 'search',
            models: ['m'],
            rpm_limit: 60,
            max_budget: 20,
            budget_duration: '30d',
            expires: '2031-01-01T00:00:00',
          },
          { token: token.replace('a', 'b'), key_alias: 'bot', models: ['all-team-models'], max_budget: 5 },
          { token: token.replace('a', 'c'), key_alias: 'blocked', blocked: true },
          'sk-hidden',
        ],
      },
    );
    expect(config.auth).toEqual({
      teams: [{ name: 'search' }],
      api_keys: [
        {
          name: 'bot',
          key_sha256: token,
          team: 'search',
          models: ['m'],
          expires_at: '2031-01-01T00:00:00Z',
          limits: { requests_per_minute: 60, budget: { usd: 20, per: 'month' } },
        },
        { name: 'bot-2', key_sha256: token.replace('a', 'b'), limits: { budget: { usd: 5, per: 'total' } } },
      ],
    });
    expect(notes.map(({ what, of }) => [what, of[0]])).toEqual([
      ['the team of a key', 'bot'],
      ['models of a key', 'bot'],
      ['a key', 'blocked'],
      ['a key', 'key-4'],
    ]);
    expect(JSON.stringify(notes)).not.toContain('sk-hidden');
  });

  it('names the variables that are to be set', () => {
    const { variables } = oneModel('model: openai/m, api_key: os.environ/KEY_A, api_base: os.environ/BASE_A');
    expect(variables).toEqual(['LLM_GATEWAY_KEY', 'BASE_A', 'KEY_A']);
  });
});
