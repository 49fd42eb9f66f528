import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadText } from '../../../test/fixtures/config/load-text.js';
import { PUBLISHED_KEYS } from '../secrets/demo-key.js';
import { hashKey } from './auth/read-auth.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PREDECESSOR = join(ROOT, 'test', 'fixtures', 'config', 'predecessor');
const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';
const MODEL = 'models: { openai: [{ name: m, base_url: "https://x.test/v1" }] }\n';

describe('the keys that this repository shows', () => {
  const folders = ['config', 'examples', 'deploy'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const documents = readdirSync(ROOT).filter((file) => file.endsWith('.md'));

  it('open no real service to others', () => {
    const shown = [...folders, ...documents]
      .filter((file) => statSync(join(ROOT, file)).isFile())
      .flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/\bsk-[a-z\d-]{8,}/gi) ?? []);
    expect(shown.length).toBeGreaterThan(5);
    expect([...new Set(shown)].filter((key) => !PUBLISHED_KEYS.includes(key))).toEqual([]);
  });
});

describe('files that people have', () => {
  const block = (name: string): string => readFileSync(join(PREDECESSOR, `${name}.yaml`), 'utf8');
  const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ');

  it.each([
    ['full-example', block('full-example')],
    ['openai-entry', `${AUTH}models:\n  openai:\n${indent(block('openai-entry'))}`],
    ['request-token-entry', `${AUTH}models:\n  request:\n${indent(block('request-token-entry'))}`],
    ['request-login-entry', `${AUTH}models:\n  request:\n${indent(block('request-login-entry'))}`],
    ['server-block', `${block('server-block')}${AUTH}${MODEL}`],
    ['auth-block', `${block('auth-block')}${MODEL}`],
  ])("loads the predecessor's %s as it stands", (name, text) => {
    expect(readdirSync(PREDECESSOR)).toContain(`${name}.yaml`);
    const { config, warnings } = loadText(text);
    expect(config.models.length).toBeGreaterThan(0);
    expect(config.models.every((model) => model.enabled)).toBe(true);
    // Its keys are short, which is said and no more.
    expect(warnings.filter((warning) => !warning.includes('is shorter than 16 characters'))).toEqual([]);
  });

  it('covers every block of that page', () => {
    expect(readdirSync(PREDECESSOR)).toHaveLength(6);
    expect(
      loadText(block('full-example')).config.models.map((model) => [model.type, model.model_name]),
    ).toEqual([
      ['openai', 'gpt-3.5-turbo'],
      ['request', 'custom-model-name'],
    ]);
  });

  it('ships a default that works with no key and no network', () => {
    const { config, warnings } = loadText(readFileSync(join(ROOT, 'config', 'models.yaml')));
    expect(warnings).toEqual([]);
    expect(config.auth.api_keys).toEqual([{ name: 'key-1', key_sha256: hashKey('sk-llm-gateway-demo') }]);
    expect(config.models.map(({ name, type, base_url }) => [name, type, base_url])).toEqual([
      ['gpt-3.5-turbo', 'openai', 'sandbox:/v1'],
      ['gpt-4', 'openai', 'sandbox:/v1'],
      ['custom-model', 'request', 'sandbox:/v1'],
    ]);
  });

  it('ships examples in that default which load when they are uncommented', () => {
    const text = readFileSync(join(ROOT, 'config', 'models.yaml'), 'utf8')
      .replaceAll(/^( *)# (?=( *(- )?[a-z_0-9]+: ?| *- ("\$|\{)))/gm, '$1')
      .replaceAll(/^ *(cert_file|key_file|ca_file):.*\n/gm, '')
      .replace('${file:/run/secrets/vllm_key}', '${VLLM}');
    const env = new Proxy<NodeJS.ProcessEnv>(
      {},
      { get: (_, name) => (name === 'PORT' ? '' : `value-of-${String(name)}`.padEnd(32, '-')) },
    );
    // The demo key is among them, beside real services.
    const { config } = loadText(text, { env, host: '127.0.0.1' });
    expect(config.models.length).toBeGreaterThan(10);
    expect(config.auth.api_keys).toHaveLength(4);
  });
});
