import { copyFileSync } from 'node:fs';
import { type Server, createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describeWithCertificates, readPair } from '../support/certificates.js';
import { completion, sendJson } from '../support/start-upstream.js';
import {
  upstream,
  gateway,
  model,
  config,
  ask,
  outcomes,
  start,
  openReloads,
} from '../support/reload-rig.js';

openReloads();

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

  it('are kept if their recipe did not change, and requested again if it did', async () => {
    serve(() => 200);
    await start({ models: { request: [login()] } });
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
    await start({ models: { request: [login()], openai: [model()] } });
    await ask('r');
    await gateway.reload(config());
    await gateway.reload({ models: { request: [login()], openai: [model()] } });
    await ask('r');
    expect(logins()).toBe(2);
  });

  it('are asked for at once, in spite of a pause, when their model has changed', async () => {
    let status = 401;
    serve(() => status);
    await start({ models: { request: [login()], openai: [model()] } });
    expect((await ask('r')).status).toBe(500);
    status = 200;
    await gateway.reload({ models: { request: [login()], openai: [model({ max_tokens: 5 })] } });
    expect((await ask('r')).status).toBe(500);
    await gateway.reload({ models: { request: [login({ max_tokens: 5 })] } });
    expect((await ask('r')).status).toBe(200);
    expect(logins()).toBe(2);
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
    await start(content);
    expect((await ask()).status).toBe(200);
    use(otherHost);
    await gateway.reload(content);
    expect((await ask()).status).toBe(200);
    expect(seen).toEqual(['test client', 'test other-host']);
    expect(outcomes()[0]).toMatchObject({ changes: ['models "m": tls.files_sha256 changed'] });
  });
});
