import dns from 'node:dns';
import { createServer } from 'node:http';
import { type AddressInfo, type Server, type Socket, connect, isIP } from 'node:net';
import { type TLSSocket, type TlsOptions, createServer as createTlsServer } from 'node:tls';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { describeWithCertificates, readPair } from '../support/certificates.js';
import {
  type TestProxy,
  type TestProxyOptions,
  startForwardProxy,
  toLoopback,
} from '../support/forward-proxy.js';
import { readSse } from '../support/read-sse.js';
import { type TestGateway, startGateway, SINGLE_ATTEMPTS } from '../support/start-gateway.js';

const PROXY_PASSWORD = 'proxy-passw0rd&%';
/** A name that only a proxy can resolve. */
const INTERNAL = 'model.internal.test';

/** Node sets the name that the client asked for; its types do not say so. */
type Named = TLSSocket & { servername: string | false };

let sandbox: Sandbox;
let sandboxPort: string;
/** The names that this process wanted to have resolved. */
let lookedUp: Set<string>;
/** What a test has opened beside the sandbox. */
let opened: { close(): unknown }[];

beforeEach(async () => {
  opened = [];
  lookedUp = new Set();
  // No name may reach a resolver.
  jest.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: [never, never]) => {
    if (isIP(name) > 0 || name === 'localhost') return toLoopback(name, ...rest);
    lookedUp.add(name);
    const callback = rest.find((each) => typeof each === 'function') as unknown as (error: Error) => void;
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
  }) as unknown as typeof dns.lookup);
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  sandboxPort = new URL(sandbox.url).port;
});
afterEach(async () => {
  for (const each of opened.toReversed()) await each.close();
  await sandbox.close();
});

async function startProxy(options?: TestProxyOptions): Promise<TestProxy> {
  const proxy = await startForwardProxy(options);
  opened.push(proxy);
  return proxy;
}

/** A gateway with one model of each type at the same address, and the same settings for both. */
async function startWith(
  address: string,
  settings: Record<string, unknown> = {},
  env: NodeJS.ProcessEnv = {},
  timeouts: Record<string, unknown> = {},
): Promise<TestGateway> {
  const login = { auth_url: `${address}/login`, username: 'demo', password: 'demo-password' };
  const gateway = await startGateway(
    {
      ...SINGLE_ATTEMPTS,
      server: { debug: true },
      timeouts,
      models: {
        openai: [{ name: 'open', base_url: `${address}/v1`, api_key: 'sandbox-key', ...settings }],
        request: [{ name: 'closed', base_url: `${address}/v1`, ...login, ...settings }],
      },
    },
    env,
  );
  opened.push(gateway);
  return gateway;
}

const ask = (gateway: TestGateway, model: string, stream = false) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });

function test(gateway: TestGateway, model: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/models/${model}/test`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test-caller-key-0001' },
  });
}

/** Chat, stream and model test of both types, and with that the login: six calls to models, one login. */
async function expectEverythingWorks(gateway: TestGateway): Promise<void> {
  for (const model of ['open', 'closed']) {
    const answer = await ask(gateway, model);
    expect(await answer.text()).toContain('pretend model');
    expect(answer.status).toBe(200);
    const stream = await readSse(await ask(gateway, model, true));
    expect(stream.content).toContain('pretend model');
    expect(stream.isDone).toBe(true);
    expect(await (await test(gateway, model)).json()).toMatchObject({ status: 'available' });
  }
  expect(sandbox.loginCount).toBe(1);
  expect(sandbox.chatCount).toBe(6);
}

/** Chat, stream, model test and login fail in the same way. @returns the messages, for a look at what they say */
async function expectNothingWorks(gateway: TestGateway, code = 'upstream_unreachable'): Promise<string> {
  const errors: { message: string; code: string }[] = [];
  for (const stream of [false, true]) {
    const answer = await ask(gateway, 'open', stream);
    expect(answer.status).toBe(500);
    errors.push(((await answer.json()) as { error: (typeof errors)[0] }).error);
  }
  const tested = (await (await test(gateway, 'open')).json()) as {
    status: string;
    error: (typeof errors)[0];
  };
  expect(tested.status).toBe('unavailable');
  errors.push(tested.error);
  expect(errors.map((error) => error.code)).toEqual([code, code, code]);

  const login = await ask(gateway, 'closed');
  expect(login.status).toBe(500);
  const { error } = (await login.json()) as { error: (typeof errors)[0] };
  expect(error.code).toBe('upstream_login_failed');
  expect(sandbox.requests).toHaveLength(0);
  return [...errors, error].map(({ message }) => message).join('\n');
}

describe('headers and query of a model', () => {
  it('go with its chat, its stream, its test and its login', async () => {
    const gateway = await startWith(sandbox.url, {
      headers: { 'X-Team': 'blue' },
      query: { 'api-version': '2024-10-21', place: '上海' },
    });
    await expectEverythingWorks(gateway);
    expect(sandbox.requests).toHaveLength(7);
    for (const { path, headers } of sandbox.requests) {
      expect(headers['x-team']).toBe('blue');
      expect(path).toMatch(
        /^\/(v1\/chat\/completions|login)\?api-version=2024-10-21&place=%E4%B8%8A%E6%B5%B7$/,
      );
    }
  });
});

describe('a proxy that a model names', () => {
  it.each([
    ['without a password', undefined],
    ['with user and password', PROXY_PASSWORD],
  ])('takes everything to an http:// service in absolute form, %s', async (_how, password) => {
    const user = password === undefined ? undefined : 'proxy-user';
    const proxy = await startProxy({ user, password });
    const credential = user === undefined ? '' : `${user}:${encodeURIComponent(password!)}@`;
    const gateway = await startWith(sandbox.url, { proxy: `http://${credential}127.0.0.1:${proxy.port}` });
    await expectEverythingWorks(gateway);
    const { host } = new URL(sandbox.url);
    const chat = { method: 'POST', target: `${sandbox.url}/v1/chat/completions`, host, user: user ?? '' };
    expect(proxy.seen.filter(({ target }) => target.endsWith('/login'))).toEqual([
      { ...chat, target: `${sandbox.url}/login` },
    ]);
    expect(proxy.seen.filter(({ target }) => !target.endsWith('/login'))).toEqual(Array(6).fill(chat));
    // What is between us and the proxy is nothing to the service.
    expect(sandbox.requests.every(({ headers }) => !('proxy-authorization' in headers))).toBe(true);
    expect(gateway.logText()).not.toContain(PROXY_PASSWORD);
  });

  it('brings a stream in pieces as they come, and tells the service when the caller leaves', async () => {
    const proxy = await startProxy();
    const gateway = await startWith(sandbox.url, { proxy: proxy.url });
    sandbox.fail({ kind: 'stall', after: 2 });
    const controller = new AbortController();
    const response = await gateway.chat(
      { model: 'open', stream: true, messages: [{ role: 'user', content: 'hi' }] },
      { signal: controller.signal },
    );
    const { value } = await response.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toContain('"role":"assistant"');
    controller.abort();
    await sandbox.waitFor(({ abortedStreams }) => abortedStreams === 1);
  });

  it('may be a name, and serves for loopback too, since the model says so', async () => {
    const proxy = await startProxy();
    const gateway = await startWith(`http://localhost:${sandboxPort}`, {
      proxy: `http://localhost:${proxy.port}`,
    });
    await expectEverythingWorks(gateway);
    expect(proxy.seen).toHaveLength(7);
  });

  it('goes before the standard variables', async () => {
    const [own, standard] = [await startProxy(), await startProxy()];
    const gateway = await startWith(
      `http://${INTERNAL}:${sandboxPort}`,
      { proxy: own.url },
      { HTTP_PROXY: standard.url, NO_PROXY: '*' },
    );
    await expectEverythingWorks(gateway);
    expect(own.seen).toHaveLength(7);
    expect(standard.seen).toHaveLength(0);
  });

  it('that is down makes the model unreachable', async () => {
    const proxy = await startProxy();
    await proxy.close();
    const gateway = await startWith(sandbox.url, { proxy: proxy.url });
    const messages = await expectNothingWorks(gateway);
    expect(messages.match(/PROXY_ECONNREFUSED/g)).toHaveLength(4);
  });

  it('that asks for another password makes the model unreachable, and nobody reads the wrong one', async () => {
    const proxy = await startProxy({ user: 'proxy-user', password: 'another' });
    const credential = `proxy-user:${encodeURIComponent(PROXY_PASSWORD)}`;
    for (const address of [sandbox.url, `https://${INTERNAL}`]) {
      const gateway = await startWith(address, { proxy: `http://${credential}@127.0.0.1:${proxy.port}` });
      const messages = await expectNothingWorks(gateway);
      expect(messages.match(/PROXY_REFUSED_407/g)).toHaveLength(4);
      for (const text of [messages, gateway.logText()]) {
        expect(text).not.toContain(PROXY_PASSWORD);
        expect(text).not.toContain(credential);
        expect(text).not.toContain(Buffer.from(`proxy-user:${PROXY_PASSWORD}`).toString('base64'));
      }
    }
  });

  it.each([403, 502])('that answers CONNECT with %d makes the model unreachable', async (status) => {
    const proxy = await startProxy({ refuseWith: status });
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: proxy.url });
    const messages = await expectNothingWorks(gateway);
    expect(messages.match(RegExp(`PROXY_REFUSED_${status}`, 'g'))).toHaveLength(4);
    expect(proxy.seen.map(({ target }) => target)).toEqual(Array(4).fill(`${INTERNAL}:443`));
    expect(lookedUp.size).toBe(0);
  });

  it('that closes the connection instead of answering is asked once for each call', async () => {
    let asked = 0;
    const rude = await startRudeProxy((socket) => {
      asked++;
      socket.destroy();
    });
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: rude });
    expect(await expectNothingWorks(gateway)).toContain('PROXY_UND_ERR_SOCKET');
    expect(asked).toBe(4);
  });

  it('that never answers CONNECT is given up after connect_seconds', async () => {
    const rude = await startRudeProxy(() => undefined);
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: rude }, {}, { connect_seconds: 0.2 });
    await expectNothingWorks(gateway, 'connect_timeout');
  });
});

describe('the standard proxy variables', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('%s serves http:// services', async (name) => {
    const proxy = await startProxy({ user: 'u', password: PROXY_PASSWORD });
    const gateway = await startWith(
      `http://${INTERNAL}:${sandboxPort}`,
      {},
      { [name]: `http://u:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:${proxy.port}` },
    );
    await expectEverythingWorks(gateway);
    expect(proxy.seen).toHaveLength(7);
    expect(proxy.seen[0]).toMatchObject({
      target: `http://${INTERNAL}:${sandboxPort}/v1/chat/completions`,
      host: `${INTERNAL}:${sandboxPort}`,
      user: 'u',
    });
    expect(lookedUp.size).toBe(0);
    expect(gateway.logText()).not.toContain(PROXY_PASSWORD);
  });

  it('may lack http://', async () => {
    const proxy = await startProxy();
    const gateway = await startWith(
      `http://${INTERNAL}:${sandboxPort}`,
      {},
      { HTTP_PROXY: `127.0.0.1:${proxy.port}` },
    );
    await expectEverythingWorks(gateway);
  });

  it.each(['127.0.0.1', 'localhost'])('are never used for %s', async (host) => {
    const proxy = await startProxy();
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    await expectEverythingWorks(await startWith(`http://${host}:${sandboxPort}`, {}, env));
    expect(proxy.seen).toHaveLength(0);
  });

  it.each(['.internal.test', 'other.test, internal.test', '*'])(
    'step back for NO_PROXY=%s',
    async (noProxy) => {
      const proxy = await startProxy();
      for (const name of ['NO_PROXY', 'no_proxy']) {
        const gateway = await startWith(
          `http://${INTERNAL}:${sandboxPort}`,
          {},
          { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, [name]: noProxy },
        );
        expect(await expectNothingWorks(gateway)).toContain('(ENOTFOUND)');
      }
      expect(proxy.seen).toHaveLength(0);
      expect(lookedUp).toEqual(new Set([INTERNAL]));
    },
  );
});

describeWithCertificates('a service with a certificate of a private authority', (made) => {
  it('is not trusted by default', async () => {
    const { address } = await startTls();
    const messages = await expectNothingWorks(await startWith(address));
    expect(messages.match(/UNABLE_TO_VERIFY_LEAF_SIGNATURE/g)).toHaveLength(4);
  });

  it.each(['127.0.0.1', 'localhost'])('is reached at %s with ca_file', async (host) => {
    const { port, names } = await startTls();
    await expectEverythingWorks(
      await startWith(`https://${host}:${port}`, { tls: { ca_file: made().caFile } }),
    );
    expect(names).toEqual(new Set([host === 'localhost' ? host : false]));
  });

  it('is reached with insecure_skip_verify, whoever it is', async () => {
    const { address } = await startTls(readPair(made().otherHost));
    await expectEverythingWorks(await startWith(address, { tls: { insecure_skip_verify: true } }));
  });

  it.each(['127.0.0.1', 'localhost'])(
    'is refused at %s when the certificate is for another host',
    async (host) => {
      const { port } = await startTls(readPair(made().otherHost));
      const gateway = await startWith(`https://${host}:${port}`, { tls: { ca_file: made().caFile } });
      const messages = await expectNothingWorks(gateway);
      expect(messages.match(/ERR_TLS_CERT_ALTNAME_INVALID/g)).toHaveLength(4);
    },
  );

  it('that wants to know who we are is reached with cert_file and key_file only', async () => {
    const { caFile, client, server } = made();
    const { readFileSync } = await import('node:fs');
    const { address } = await startTls({
      ...readPair(server),
      ca: readFileSync(caFile),
      requestCert: true,
      rejectUnauthorized: true,
    });
    expect(await expectNothingWorks(await startWith(address, { tls: { ca_file: caFile } }))).toMatch(
      /CERTIFICATE_REQUIRED|ECONNRESET|EPIPE|UND_ERR_SOCKET/,
    );
    const { certFile: cert_file, keyFile: key_file } = client;
    await expectEverythingWorks(await startWith(address, { tls: { ca_file: caFile, cert_file, key_file } }));
  });

  it('that does not speak TLS is unreachable', async () => {
    const gateway = await startWith(sandbox.url.replace('http:', 'https:'));
    expect(await expectNothingWorks(gateway)).toMatch(/ERR_SSL|EPROTO|ECONNRESET/);
  });

  it('is reached through a proxy by CONNECT, and the proxy sees no more than its address', async () => {
    const proxy = await startProxy({ user: 'proxy-user', password: PROXY_PASSWORD });
    const { port, address } = await startTls();
    const gateway = await startWith(address, {
      proxy: `http://proxy-user:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:${proxy.port}`,
      tls: { ca_file: made().caFile },
    });
    await expectEverythingWorks(gateway);
    expect(proxy.seen.length).toBeLessThan(7);
    for (const request of proxy.seen) {
      const target = `127.0.0.1:${port}`;
      expect(request).toEqual({ method: 'CONNECT', target, host: target, user: 'proxy-user' });
    }
    expect(sandbox.requests.every(({ headers }) => headers.host === `127.0.0.1:${port}`)).toBe(true);
  });

  it.each(['HTTPS_PROXY', 'https_proxy'])('is reached through %s, under its own name', async (name) => {
    const proxy = await startProxy();
    const { port, names } = await startTls();
    const settings = { tls: { ca_file: made().caFile } };
    await expectEverythingWorks(
      await startWith(`https://${INTERNAL}:${port}`, settings, { [name]: proxy.url }),
    );
    expect(new Set(proxy.seen.map(({ target }) => target))).toEqual(new Set([`${INTERNAL}:${port}`]));
    expect(names).toEqual(new Set([INTERNAL]));
    expect(lookedUp.size).toBe(0);
  });

  it.each([
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'otherHost', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server', false],
  ] as const)('is refused behind a proxy with %s', async (code, certificate, isTrusted) => {
    const proxy = await startProxy();
    const { port } = await startTls(readPair(made()[certificate]));
    const gateway = await startWith(`https://${INTERNAL}:${port}`, {
      proxy: proxy.url,
      ...(isTrusted && { tls: { ca_file: made().caFile } }),
    });
    expect((await expectNothingWorks(gateway)).match(RegExp(code, 'g'))).toHaveLength(4);
    expect(proxy.seen).toHaveLength(4);
  });

  /** The sandbox behind TLS. */
  async function startTls(
    options: TlsOptions = readPair(made().server),
  ): Promise<{ address: string; port: number; names: Set<string | false> }> {
    const names = new Set<string | false>();
    const sockets = new Set<Socket>();
    const server = createTlsServer(options, (socket) => {
      names.add((socket as Named).servername);
      const inner = connect(Number(sandboxPort), '127.0.0.1');
      for (const each of [socket, inner]) {
        sockets.add(each);
        each.on('error', () => undefined);
      }
      socket.pipe(inner).pipe(socket);
      socket.on('close', () => inner.destroy());
    });
    server.on('tlsClientError', () => undefined);
    const port = await listen(server);
    opened.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    return { address: `https://127.0.0.1:${port}`, port, names };
  }
});

/** A proxy that is asked to CONNECT and does something else. @returns its address */
async function startRudeProxy(onConnect: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer().on('connect', (_request, socket: Socket) => {
    sockets.add(socket);
    onConnect(socket);
  });
  const port = await listen(server);
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return `http://127.0.0.1:${port}`;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
