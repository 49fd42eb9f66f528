import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const SECRETS = {
  callerKey: 'sk-planted-caller-key-77',
  apiKey: 'planted-upstream-api-key-77',
  header: 'planted-header-secret-77',
  query: 'planted-query-secret-77',
  password: 'planted-password-77',
  fixedToken: 'planted-fixed-token-77',
  fileToken: 'planted-file-token-77',
  loginToken: 'planted-login-token-77',
};
const PROMPT = 'planted-prompt-nobody-may-read-77';
const UPSTREAM_TEXT = 'planted-upstream-words-77';

let upstream: TestUpstream;
let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const file = join(folder, 'token');
  writeFileSync(file, `${SECRETS.fileToken}\n`);
  upstream = await startUpstream();
  const base_url = upstream.url;
  gateway = await startGateway({
    server: { debug: true },
    auth: { api_keys: [{ name: 'caller', key: SECRETS.callerKey }] },
    models: {
      openai: [
        {
          name: 'key',
          base_url,
          api_key: SECRETS.apiKey,
          headers: { 'x-secret-token': SECRETS.header },
          query: { api_key: SECRETS.query },
        },
      ],
      request: [
        { name: 'fixed', base_url, token: SECRETS.fixedToken },
        { name: 'file', base_url, token: `\${file:${file}}` },
        {
          name: 'login',
          base_url,
          auth_url: `${base_url}/auth`,
          username: 'user',
          password: SECRETS.password,
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const ask = (model: string, stream = false) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: PROMPT }] }, { key: SECRETS.callerKey });

/** An upstream that shouts every secret it was told, and the prompt. */
function shout(status: number): void {
  upstream.handle(({ path, headers, body, res }) => {
    if (path.startsWith('/auth') && status !== 599) return sendJson(res, { token: SECRETS.loginToken });
    const heard = `${UPSTREAM_TEXT} ${JSON.stringify(headers)} ${path} ${body.toString()}`;
    sendJson(res, { error: { message: heard, type: heard, code: heard, more: [heard] } }, status);
  });
}

describe('a secret', () => {
  it.each([400, 401, 403, 404, 429, 500])(
    'is in no answer and no log line when the upstream repeats it (HTTP %i)',
    async (status) => {
      shout(status);
      for (const model of ['key', 'fixed', 'file', 'login']) {
        for (const stream of [false, true]) {
          const text = await (await ask(model, stream)).text();
          for (const secret of Object.values(SECRETS)) expect(text.includes(secret)).toBe(false);
        }
        await fetch(`${gateway.url}/v1/models/${model}/test`, {
          method: 'POST',
          headers: { authorization: `Bearer ${SECRETS.callerKey}` },
        });
      }
      await fetch(`${gateway.url}/v1/chat/completions?key=${SECRETS.callerKey}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${SECRETS.callerKey}x` },
      });
      const log = gateway.logText();
      for (const secret of Object.values(SECRETS)) expect(log.includes(secret)).toBe(false);
    },
  );

  it('is in no answer when the upstream spells it with the escapes of JSON', async () => {
    const spelled = SECRETS.apiKey.replaceAll('-', '\\u002d');
    upstream.handle(({ res }) => sendJson(res, `{"error":{"message":"no: ${spelled}","${spelled}":1}}`, 400));
    const text = await (await ask('key')).text();
    expect(text).toContain('no: [redacted]');
    expect(text.includes(SECRETS.apiKey)).toBe(false);
  });

  it('is in no log line when a login is refused and the service repeats the password', async () => {
    shout(599);
    const text = await (await ask('login')).text();
    expect(text.includes(SECRETS.password)).toBe(false);
    expect(gateway.logText().includes(SECRETS.password)).toBe(false);
  });
});

describe('the text of clients and upstreams', () => {
  it('is in no log line, for any outcome of the call', async () => {
    upstream.handle(({ res }) => sendJson(res, completion(UPSTREAM_TEXT)));
    await (await ask('key')).text();
    upstream.handle(({ res }) => sendJson(res, `{"${UPSTREAM_TEXT}`));
    await (await ask('key')).text();
    shout(500);
    await (await ask('key')).text();
    await gateway.chat(`{"model":"key","messages":[{"role":"user","content":"${PROMPT}"`, {
      key: SECRETS.callerKey,
    });
    await gateway.chat(
      { model: PROMPT, messages: [{ role: 'user', content: PROMPT }] },
      { key: SECRETS.callerKey },
    );
    expect(gateway.log().length).toBeGreaterThan(5);
    expect(gateway.logText().includes(PROMPT)).toBe(false);
    expect(gateway.logText().includes(UPSTREAM_TEXT)).toBe(false);
    expect(await (await gateway.get('/v1/health/models', { key: SECRETS.callerKey })).text()).not.toContain(
      UPSTREAM_TEXT,
    );
  });

  it('is logged when logging.content asks for it, secrets still removed', async () => {
    const open = await startGateway({
      logging: { content: true },
      auth: { api_keys: [SECRETS.callerKey] },
      models: { openai: [{ name: 'key', base_url: upstream.url, api_key: SECRETS.apiKey }] },
    });
    shout(500);
    await open.chat(
      { model: 'key', messages: [{ role: 'user', content: PROMPT }] },
      { key: SECRETS.callerKey },
    );
    expect(open.logText()).toContain(UPSTREAM_TEXT);
    expect(open.logText().includes(SECRETS.apiKey)).toBe(false);
    await open.close();
  });
});
