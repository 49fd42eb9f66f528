import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadText, problemsOf, refusalOf } from '../../../test/fixtures/config/load-text.js';

const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';
const MODEL = 'models: { openai: [{ name: m, base_url: "https://x.test/v1" }] }\n';

describe('what the file takes from its environment', () => {
  const withModel = (fields: string): string =>
    `${AUTH}models: { openai: [{ name: m, base_url: "https://x.test", ${fields} }] }`;

  it('puts variables and files into any string', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-secret-'));
    try {
      writeFileSync(join(folder, 'key'), 'from-file\n');
      const text = withModel(
        `api_key: "\${file:${folder}/key}", headers: { x-a: "\${A}-\${B:-b}" }, query: { q: "$\${A}" }`,
      );
      const [model] = loadText(text, { env: { A: '${B}' } }).config.models;
      expect(model).toMatchObject({
        api_key: 'from-file',
        headers: { 'x-a': '${B}-b' },
        query: { q: '${A}' },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives a lone placeholder the type that is expected there', () => {
    const text = `server: { port: "\${P}", debug: "\${D}", shutdown_grace_seconds: "\${S:-1.5}" }
${withModel('max_tokens: "${M}", enabled: "${E:-False}", tls: { insecure_skip_verify: "${T}" }, api_key: "${K}", model_name: "${T}"')}`;
    const env = { P: '8123', D: 'TRUE', M: '77', T: 'true', K: '12345' };
    const { config } = loadText(text, { env });
    expect(config.server).toMatchObject({ port: 8123, debug: true, shutdown_grace_seconds: 1.5 });
    expect(config.models[0]).toMatchObject({
      max_tokens: 77,
      enabled: false,
      tls: { insecure_skip_verify: true },
      api_key: '12345',
      model_name: 'true',
    });
  });

  it('takes a lone placeholder with an empty default for an absent field', () => {
    const [model] = loadText(withModel('max_tokens: "${M:-}", api_key: "${K:-}"')).config.models;
    expect(model).toHaveProperty('api_key', undefined);
    expect(model).toHaveProperty('max_tokens', undefined);
  });

  it('may be missing for a disabled model, and for nothing else', () => {
    const text = (enabled: string): string =>
      withModel(
        `enabled: "${enabled}", api_key: "\${K}", tls: { ca_file: /no/such/file }, max_tokens: "\${M}", oops: 1, proxy: "\${"`,
      );
    expect(problemsOf(text('${E:-false}'))).toEqual([
      expect.stringContaining('models.openai[0].oops: unknown key'),
      expect.stringContaining('models.openai[0].proxy: contains "${" in no known form'),
    ]);
    expect(problemsOf(text('${E:-true}'))).toHaveLength(5);
  });

  it('has its port overridden by PORT, and both by a flag', () => {
    const text = `server: { port: 1, host: filehost }\n${AUTH}${MODEL}`;
    const env = { PORT: '2', LLM_GATEWAY_PORT: 'tcp://10.0.0.1:80', HOST: 'nobody' };
    expect(loadText(text).config.server.port).toBe(1);
    expect(loadText(text, { env: { PORT: '' } }).config.server.port).toBe(1);
    expect(loadText(text, { env }).config.server).toMatchObject({ port: 2, host: 'filehost' });
    expect(loadText(text, { env, port: 0, host: '::1' }).config.server).toMatchObject({
      port: 0,
      host: '::1',
    });
  });

  it('blames the variable or the flag, not the file', () => {
    const text = AUTH + MODEL;
    expect(refusalOf(text, { env: { PORT: 'tcp://1' } }).message).toBe(
      'environment: PORT: expected a whole number from 0 to 65535',
    );
    expect(
      refusalOf(text, { port: 65536, host: 'http://x' }).problems.map(({ file, path }) => [file, path]),
    ).toEqual([
      ['command line', '--host'],
      ['command line', '--port'],
    ]);
  });
});
