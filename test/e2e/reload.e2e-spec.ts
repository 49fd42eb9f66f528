import { copyFileSync } from 'node:fs';
import { type Server, createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describeWithCertificates, readPair } from '../support/certificates.js';
import { readSse } from '../support/read-sse.js';
import {
  type TestConfig,
  type TestGateway,
  TEST_KEY,
  startGateway,
  until,
} from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const model = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'm',
  base_url: `${upstream.url}/v1`,
  api_key: 'planted-upstream-key-1',
  ...more,
});
const config = (more: Partial<TestConfig> = {}): TestConfig => ({ models: { openai: [model()] }, ...more });
const ask = (name = 'm', more: Record<string, unknown> = {}, key = TEST_KEY): Promise<Response> =>
  gateway.chat({ model: name, messages: [{ role: 'user', content: 'hi' }], ...more }, { key });
const outcomes = () => gateway.log().filter(({ message }) => message.startsWith('configuration'));
const state = async () => {
  const health = (await (await gateway.get('/v1/health')).json()) as {
    config: { generation: number; age_seconds: number };
    models: { configured: number; enabled: number };
  };
  return { generation: health.config.generation, models: health.models };
};

describe('a changed configuration', () => {
  it('is in force for the next call: models, keys, limits', async () => {
    gateway = await startGateway(config());
    expect((await ask()).status).toBe(200);
    await gateway.reload({
      server: { body_limit: 200, precise_error_status: true },
      auth: { api_keys: ['sk-another-key-000000'] },
      models: { openai: [model({ name: 'n', model_name: 'up' }), model({ name: 'off', enabled: false })] },
    });
    expect((await ask()).status).toBe(401);
    expect((await ask('m', {}, 'sk-another-key-000000')).status).toBe(404);
    expect((await ask('n', {}, 'sk-another-key-000000')).status).toBe(200);
    expect(JSON.parse(upstream.calls.at(-1)!.body.toString())).toMatchObject({ model: 'up' });
    expect((await ask('n', { padding: 'x'.repeat(300) }, 'sk-another-key-000000')).status).toBe(413);
    upstream.handle(({ res }) => sendJson(res, {}, 503));
    expect((await ask('n', {}, 'sk-another-key-000000')).status).toBe(503);
    expect(await state()).toEqual({ generation: 2, models: { configured: 2, enabled: 1 } });
  });

  it('is logged in one line, without a secret', async () => {
    gateway = await startGateway(config());
    await gateway.reload({
      server: { port: 1234 },
      auth: { api_keys: ['sk-another-key-000000'] },
      models: { openai: [model({ api_key: 'planted-upstream-key-2', max_tokens: 7 })] },
    });
    expect(outcomes()).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'configuration reloaded',
        trigger: 'SIGHUP',
        generation: 2,
        models: 1,
        changes: ['auth.api_keys: +1 -1', 'models "m": max_tokens none -> 7', 'models "m": api_key changed'],
        at_next_start: ['server.port'],
      }),
    ]);
    expect(gateway.logText()).not.toMatch(/planted-upstream-key|sk-another/);
  });

  it('changes the level of the log', async () => {
    gateway = await startGateway(config());
    await gateway.get('/v1/health');
    await gateway.reload(config({ logging: { level: 'debug' } }));
    await gateway.get('/v1/health');
    expect(gateway.log().filter(({ path }) => path === '/v1/health')).toHaveLength(1);
  });

  it('is taken over again with keys that wait for the next start as they were', async () => {
    gateway = await startGateway(config());
    await gateway.reload(config({ server: { docs: false } }));
    expect(await (await gateway.get('/')).json()).toMatchObject({ docs: '/docs' });
    expect((await gateway.get('/docs-json')).status).toBe(200);
  });

  it('leaves running calls the model that they started with', async () => {
    gateway = await startGateway(config());
    let finish: () => void = () => undefined;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('one'));
      finish = () => res.end(`${chunkEvent('two')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const response = await ask('m', { stream: true });
    await gateway.reload({
      models: { openai: [model({ name: 'other', timeouts: { connect_seconds: 9 } })] },
    });
    expect((await ask()).status).toBe(404);
    finish();
    const text = await response.text();
    expect(text).toContain('two');
    expect(text.trim().endsWith('data: [DONE]')).toBe(true);
  });
});

describe('a configuration that cannot be used', () => {
  it('changes nothing, and the log says all that is wrong', async () => {
    gateway = await startGateway(config());
    await gateway.reload({
      server: { port: 'planted-secret' },
      models: { openai: [model({ base_url: undefined, api_key: 'planted-upstream-key-2', max_tokns: 1 })] },
    });
    expect((await ask()).status).toBe(200);
    expect(await state()).toMatchObject({ generation: 1 });
    const [line, ...others] = outcomes();
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'error',
      message: 'configuration not reloaded, the previous one stays in force',
      generation: 1,
    });
    expect((line!['problems'] as string[]).map((text) => text.replace(/^.*models\.yaml:\d+: /, ''))).toEqual([
      expect.stringMatching(/^server\.port: expected/),
      expect.stringMatching(/^models\.openai\[0\]\.max_tokns: unknown key, did you mean "max_tokens"/),
      expect.stringMatching(/^models\.openai\[0\]\.base_url: missing/),
    ]);
    expect(gateway.logText()).not.toMatch(/planted/);
  });

  it('is followed by a good one', async () => {
    gateway = await startGateway(config());
    await gateway.reload({ models: {} });
    await gateway.reload(config());
    await gateway.reload({ models: { openai: [model({ max_tokens: 3 })] } });
    expect(outcomes().map(({ message }) => message)).toEqual([
      'configuration not reloaded, the previous one stays in force',
      'configuration unchanged',
      'configuration reloaded',
    ]);
    expect(await state()).toMatchObject({ generation: 2 });
    const metrics = await (await gateway.get('/metrics')).text();
    expect(metrics).toContain('llm_gateway_config_generation 2\n');
    expect(metrics).toContain('llm_gateway_config_reloads_total{outcome="ok"} 1\n');
    expect(metrics).toContain('llm_gateway_config_reloads_total{outcome="refused"} 1\n');
  });
});

describe('connections', () => {
  it('stay open where nothing about them has changed, and are closed where they are no longer used', async () => {
    gateway = await startGateway(config());
    let open = 0;
    let opened = 0;
    upstream.server.keepAliveTimeout = 60_000;
    upstream.server.on('connection', (socket) => {
      open++;
      opened++;
      socket.once('close', () => open--);
    });
    await ask();
    await gateway.reload({ models: { openai: [model({ max_tokens: 5 })] } });
    await ask();
    expect([open, opened]).toEqual([1, 1]);

    let finish: () => void = () => undefined;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('one'));
      finish = () => res.end('data: [DONE]\n\n');
    });
    const running = await ask('m', { stream: true });
    upstream.handle(({ res }) => sendJson(res, completion()));
    await gateway.reload({ models: { openai: [model({ timeouts: { connect_seconds: 9 } })] } });
    await ask();
    expect([open, opened]).toEqual([2, 2]);
    finish();
    expect(await readSse(running)).not.toEqual([]);
    await until(() => open === 1, 'the close of the former connection');
  });
});

describe('login tokens', () => {
  const login = (more: Record<string, unknown> = {}) => ({
    name: 'r',
    base_url: `${upstream.url}/v1`,
    auth_url: `${upstream.url}/login`,
    username: 'demo',
    password: 'demo-password',
    ...more,
  });
  const logins = () => upstream.calls.filter(({ path }) => path === '/login').length;
  const serve = (loginStatus: () => number) =>
    upstream.handle(({ res, path }) =>
      path === '/login'
        ? sendJson(res, { token: 'planted-token-0001' }, loginStatus())
        : sendJson(res, completion()),
    );

  it('survive where their recipe did not change, and are won anew where it did', async () => {
    serve(() => 200);
    gateway = await startGateway({ models: { request: [login()] } });
    await ask('r');
    await gateway.reload({ models: { request: [login({ max_tokens: 5 })] } });
    expect((await ask('r')).status).toBe(200);
    expect(logins()).toBe(1);
    await gateway.reload({ models: { request: [login({ password: 'another-password' })] } });
    expect((await ask('r')).status).toBe(200);
    expect(logins()).toBe(2);
  });

  it('are forgotten with the models that they were for', async () => {
    serve(() => 200);
    gateway = await startGateway({ models: { request: [login()], openai: [model()] } });
    await ask('r');
    await gateway.reload(config());
    await gateway.reload({ models: { request: [login()], openai: [model()] } });
    await ask('r');
    expect(logins()).toBe(2);
  });

  it('are asked for at once, in spite of a pause, when their model has changed', async () => {
    let status = 401;
    serve(() => status);
    gateway = await startGateway({ models: { request: [login()], openai: [model()] } });
    expect((await ask('r')).status).toBe(500);
    status = 200;
    await gateway.reload({ models: { request: [login()], openai: [model({ max_tokens: 5 })] } });
    expect((await ask('r')).status).toBe(500);
    await gateway.reload({ models: { request: [login({ max_tokens: 5 })] } });
    expect((await ask('r')).status).toBe(200);
    expect(logins()).toBe(2);
  });
});

describe('a described dialect', () => {
  const mapped = (text: string) => ({
    name: 'd',
    base_url: upstream.url,
    token: 'planted-token',
    request: { path: '/ask', body: `{ "q": "${text}" }` },
    response: { text: 'answer' },
  });

  it('is the new one for new calls, and stays the old one for a call that waits', async () => {
    gateway = await startGateway({ models: { request: [mapped('one')] } });
    let answer: () => void = () => undefined;
    upstream.handle(({ res }) => (answer = () => sendJson(res, { answer: 'first' })));
    const first = ask('d');
    await until(() => upstream.calls.length === 1, 'the first call');
    await gateway.reload({ models: { request: [{ ...mapped('two'), response: { text: 'reply' } }] } });
    answer();
    upstream.handle(({ res }) => sendJson(res, { reply: 'second' }));
    const texts = [await (await first).text(), await (await ask('d')).text()];
    expect(texts).toEqual([expect.stringContaining('"first"'), expect.stringContaining('"second"')]);
    expect(upstream.calls.map(({ body }) => body.toString())).toEqual(['{"q":"one"}', '{"q":"two"}']);
  });
});

describeWithCertificates('a renewed certificate', (made) => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

  it('is used without a change in the YAML', async () => {
    const { caFile, client, server: pair, otherHost } = made();
    const seen: string[] = [];
    server = createServer({ ...readPair(pair), requestCert: true, rejectUnauthorized: false }, (req, res) => {
      const { subject } = (req.socket as import('node:tls').TLSSocket).getPeerCertificate();
      seen.push(String(subject.CN));
      req.resume();
      sendJson(res, completion());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const folder = join(caFile, '..');
    const files = { cert_file: join(folder, 'mine.pem'), key_file: join(folder, 'mine.key') };
    const use = ({ certFile, keyFile }: typeof client): void => {
      copyFileSync(certFile, files.cert_file);
      copyFileSync(keyFile, files.key_file);
    };
    use(client);
    const base_url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const content = config({
      models: { openai: [model({ base_url, tls: { ca_file: caFile, ...files } })] },
    });
    gateway = await startGateway(content);
    expect((await ask()).status).toBe(200);
    use(otherHost);
    await gateway.reload(content);
    expect((await ask()).status).toBe(200);
    expect(seen).toEqual(['test client', 'test other-host']);
    expect(outcomes()[0]).toMatchObject({ changes: ['models "m": tls.files_sha256 changed'] });
  });
});
