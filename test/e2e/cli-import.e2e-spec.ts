import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../support/cli-process.js';

const LITELLM = `
model_list:
  - model_name: chat
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, temperature: 0.2 }
  - model_name: chat
    litellm_params: { model: hosted_vllm/qwen, api_base: "http://127.0.0.1:9/v1" }
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY }
  - model_name: everything/*
    litellm_params: { model: "openai/*" }
router_settings: { fallbacks: [{ chat: [claude] }], routing_strategy: least-busy, num_retries: 2 }
general_settings: { master_key: os.environ/MASTER_KEY }
`;

describe('llm-gateway import', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'import-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes a configuration that loads, and reports what it left out', async () => {
    writeFileSync(join(folder, 'config.yaml'), LITELLM);
    const imported = await runCli(['import', 'litellm', join(folder, 'config.yaml')]);
    expect(imported.code).toBe(0);
    expect(imported.stderr).toContain('carried: 2 models (3 services), 1 key, 0 teams');
    expect(imported.stderr).toContain(
      'to set before the start: MASTER_KEY, OPENAI_API_KEY, ANTHROPIC_API_KEY',
    );
    expect(imported.stderr).toContain(
      'models with a wildcard (everything/*): each model is configured by its name',
    );
    expect(imported.stderr).toContain('temperature (chat): the gateway sets no defaults but max_tokens');
    const config = join(folder, 'models.yaml');
    writeFileSync(config, imported.stdout);
    const env = { MASTER_KEY: 'sk-a-master-key-of-a-test', OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b' };
    const list = await runCli(['--mode', 'list', '--json', '--config', config], { env });
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(list.stdout)).toMatchObject([
      {
        name: 'chat',
        deployments: [{ model_name: 'gpt-4o' }, { model_name: 'qwen' }],
        fallbacks: [{ model: 'claude' }],
      },
      { name: 'claude', base_url: 'https://api.anthropic.com' },
    ]);
  });

  it('fails if no model can be carried, and if there is no file', async () => {
    writeFileSync(join(folder, 'config.yaml'), 'model_list: []');
    expect(await runCli(['import', 'litellm', join(folder, 'config.yaml')])).toMatchObject({ code: 1 });
    const missing = await runCli(['import', 'one-api', join(folder, 'none.db')]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('cannot read');
  });
});
