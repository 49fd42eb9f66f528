import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { writeConfig } from '../write-config.js';
import { importLiteLlm } from './litellm.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function imported(document: object, files: Readonly<Record<string, object>> = {}) {
  const write = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const keys = files['keys.json'] === undefined ? undefined : write('keys.json', files['keys.json']);
  for (const [name, content] of Object.entries(files)) write(name, content);
  const gateway = importLiteLlm(write('config.yaml', document), keys);
  const config = load(writeConfig(gateway, 'config.yaml').yaml) as {
    readonly auth: { readonly api_keys: readonly Record<string, unknown>[] };
    readonly models: Readonly<Record<string, Record<string, unknown>[]>>;
    readonly [block: string]: unknown;
  };
  return { config, notes: gateway.notes };
}

const model = (name: string, params: object) => ({ model_name: name, litellm_params: params });

describe('models of LiteLLM', () => {
  it('keeps the key of Azure beside headers of the model', () => {
    const { config } = imported({
      model_list: [
        model('m', {
          model: 'azure/d',
          api_base: 'https://r',
          api_key: 'os.environ/K',
          extra_headers: { a: 'b' },
        }),
      ],
    });
    expect(config.models['openai']![0]!['headers']).toEqual({ 'api-key': '${K}', a: 'b' });
  });

  it("calls Azure's Responses models at the address that has both formats", () => {
    const { config } = imported({
      model_list: [
        model('m', { model: 'azure/responses/d', api_base: 'https://r', api_version: '2024-10-21' }),
      ],
    });
    expect(config.models['openai']![0]).toMatchObject({
      base_url: 'https://r/openai/v1',
      model_name: 'd',
      speaks: ['openai-responses', 'openai-chat'],
    });
  });

  it('derives the operations of a model from its mode, and uses the rerank address of Cohere', () => {
    const { config, notes } = imported({
      model_list: [
        { ...model('embed', { model: 'openai/e', api_key: 'k' }), model_info: { mode: 'embedding' } },
        { ...model('chat', { model: 'openai/c', api_key: 'k' }), model_info: { mode: 'chat' } },
        { ...model('azure', { model: 'azure/e', api_base: 'https://r' }), model_info: { mode: 'embedding' } },
        model('rank', { model: 'cohere/rerank-v3.5', api_key: 'k' }),
        { ...model('gem', { model: 'gemini/e', api_key: 'k' }), model_info: { mode: 'embedding' } },
      ],
      router_settings: { fallbacks: [{ embed: ['chat'] }, { chat: ['embed'] }] },
    });
    const named = Object.fromEntries(
      Object.values(config.models).flatMap((all) => all.map((each) => [each['name'], each])),
    );
    expect(named['embed']).toMatchObject({ speaks: ['openai-embeddings'] });
    expect(named['azure']).toMatchObject({ speaks: ['openai-embeddings'] });
    expect(named['chat']).not.toHaveProperty('speaks');
    expect(named['rank']).toMatchObject({ base_url: 'https://api.cohere.com/v2', speaks: ['rerank'] });
    expect(named['embed']).not.toHaveProperty('fallbacks');
    expect(notes).toContainEqual({
      what: 'fallbacks',
      why: expect.stringMatching(/^to "chat": embeddings never fall back/) as string,
      of: ['embed'],
    });
    expect(notes.find(({ what }) => what === 'model_info.mode')?.of).toEqual(['gem']);
  });

  it('makes deployments with a higher order a fallback, regardless of their place in the list', () => {
    const { config, notes } = imported({
      model_list: [
        model('m', { model: 'anthropic/late', order: 2, api_key: 'k' }),
        model('m', { model: 'openai/first', order: 1, api_key: 'k' }),
        model('m', { model: 'openai/none', api_key: 'k' }),
      ],
    });
    expect(config.models['openai']![0]).toMatchObject({
      fallbacks: ['m-anthropic'],
      deployments: [
        { weight: 1, model_name: 'first' },
        { weight: 0, model_name: 'none' },
      ],
    });
    expect(notes.filter(({ what }) => what === 'order')).toEqual([]);
  });

  it('takes credentials by their names, and the lists and blocks of included files', () => {
    const { config } = imported(
      {
        include: 'more.yaml',
        credential_list: [
          { credential_name: 'c', credential_values: { api_base: 'http://h/v1', api_key: 'x' } },
        ],
        model_list: [model('a', { model: 'openai/a', litellm_credential_name: 'c' })],
        router_settings: { num_retries: 2 },
      },
      {
        'more.yaml': {
          model_list: [model('b', { model: 'openai/b', litellm_credential_name: 'c' })],
          router_settings: { timeout: 9 },
        },
      },
    );
    const same = { base_url: 'http://h/v1', api_key: 'x' };
    expect(config.models['openai']).toEqual([
      { name: 'a', ...same },
      { name: 'b', ...same },
    ]);
    expect(config).toMatchObject({ retry: { max_retries: 2 }, timeouts: { total_seconds: 9 } });
  });
});

describe('virtual keys of LiteLLM', () => {
  const token = 'a'.repeat(64);
  const withKey = (key: object) =>
    imported(
      { model_list: [model('m', { model: 'openai/m' })] },
      { 'keys.json': [{ token, key_alias: 'k', ...key }] },
    );

  it.each([['max_budget'], ['rpm_limit'], ['tpm_limit'], ['max_parallel_requests']])(
    'leaves out a key that may not call, as its %s is 0',
    (field) => {
      const { config, notes } = withKey({ [field]: 0 });
      expect(config.auth.api_keys).toEqual([{ name: 'default', key: '${LLM_GATEWAY_KEY}' }]);
      expect(notes).toContainEqual({ what: 'a key', why: `its ${field} is 0: it may not call`, of: ['k'] });
    },
  );

  it.each([
    [{ model_max_budget: { m: 1 } }, 'model_max_budget of a key'],
    [{ litellm_budget_table: { max_budget: 3 } }, 'litellm_budget_table of a key'],
    [{ guardrails: ['g'] }, 'guardrails of a key'],
    [{ models: ['all-team-models'] }, 'models of a key'],
    [{ models: ['a-group'] }, 'models of a key'],
    [{ max_budget: 5, spend: 2 }, 'spend'],
    [{ max_budget: 'much' }, 'max_budget'],
    [{ rpm_limit: 'many' }, 'rpm_limit'],
  ])('names what it leaves out: %j', (key, what) => {
    expect(withKey(key).notes).toContainEqual({ what, why: expect.any(String), of: ['k'] });
  });
});
