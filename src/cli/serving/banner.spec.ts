import { loadText } from '../../../test/fixtures/config/load-text.js';
import { banner } from './banner.js';

const MODELS = `models:
  openai:
    - { name: vectors, base_url: "sandbox:", speaks: [openai-embeddings] }
    - { name: "it's", base_url: "sandbox:" }
    - { name: off, base_url: "sandbox:", enabled: false }
`;

function shown(yaml: string, address = '0.0.0.0'): string[] {
  return banner(loadText(yaml).config, { address, port: 8000 }, '1.2.3').split('\n');
}

describe('the banner', () => {
  it('shows addresses, the public key, models and a call that can be copied', () => {
    expect(shown(`auth: { api_keys: [sk-llm-gateway-demo] }\n${MODELS}`)).toEqual([
      '',
      'LLM Gateway 1.2.3',
      '',
      '  API         http://localhost:8000/v1',
      '  Dashboard   http://localhost:8000/ui',
      '  API docs    http://localhost:8000/docs',
      '  Key         sk-llm-gateway-demo (public, for a first try)',
      "  Models      vectors, it's",
      '',
      '  curl http://localhost:8000/v1/chat/completions -H "Authorization: Bearer sk-llm-gateway-demo" \\',
      `    -H "Content-Type: application/json" -d '{"model":"it'\\''s","messages":[{"role":"user","content":"Hello!"}]}'`,
      '',
      'Ctrl-C stops it.',
      '',
      '',
    ]);
  });

  it('describes what the sandbox simulates, and what it accepts', () => {
    const { config } = loadText(`auth: { enabled: false }\n${MODELS}`);
    const lines = (simulated: string[]): string[] =>
      banner(config, { address: '::', port: 8000 }, '1.2.3', simulated).split('\n');
    expect(lines(['vectors', "it's"])).toEqual(
      expect.arrayContaining([
        '  Sandbox     simulates every model',
        '              models on it have api_key "sandbox-key", or username "demo" and password "demo-password"',
      ]),
    );
    expect(lines(['vectors'])).toContain('  Sandbox     simulates vectors');
  });

  it('shows the name of a configured key, never the key', () => {
    const lines = shown(
      `server: { ui: false, docs: false }\nauth: { api_keys: [{ name: bot, key: secret-key-0123456 }] }\n${MODELS}`,
      '::1',
    );
    expect(lines).toContain('  Key         that of bot');
    expect(lines).toContain('  API         http://[::1]:8000/v1');
    expect(lines.join('\n')).toContain('Bearer $LLM_GATEWAY_API_KEY"');
    expect(lines.join('\n')).not.toMatch(/secret-key|\/ui|\/docs/);
  });

  it('asks for no key if none is required', () => {
    const lines = shown(`auth: { enabled: false }\n${MODELS}`);
    expect(lines).toContain('  Key         none needed (auth.enabled is false)');
    expect(lines.join('\n')).not.toContain('Authorization');
  });
});
