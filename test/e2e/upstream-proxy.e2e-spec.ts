import { createServer } from 'node:http';
import { type Socket } from 'node:net';
import {
  INTERNAL,
  PROXY_PASSWORD,
  expectEverythingWorks,
  expectNothingWorks,
  listen,
  lookedUp,
  openSandbox,
  opened,
  sandbox,
  sandboxPort,
  startProxy,
  startWith,
} from '../support/reach-sandbox.js';

openSandbox();

describe('a proxy that a model names', () => {
  it.each([
    ['without a password', undefined],
    ['with user and password', PROXY_PASSWORD],
  ])('receives all requests for an http:// service in absolute form, %s', async (_how, password) => {
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

  it('passes a stream piece by piece, and disconnects from the service when the client does', async () => {
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

  it('may be a host name, and is used even for loopback if the model names it', async () => {
    const proxy = await startProxy();
    const gateway = await startWith(`http://localhost:${sandboxPort}`, {
      proxy: `http://localhost:${proxy.port}`,
    });
    await expectEverythingWorks(gateway);
    expect(proxy.seen).toHaveLength(7);
  });

  it('takes precedence over the standard variables', async () => {
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

  it('that requires another password makes the model unreachable, without showing the wrong one', async () => {
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

  it.each([403, 502])('that responds to CONNECT with %d makes the model unreachable', async (status) => {
    const proxy = await startProxy({ refuseWith: status });
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: proxy.url });
    const messages = await expectNothingWorks(gateway);
    expect(messages.match(RegExp(`PROXY_REFUSED_${status}`, 'g'))).toHaveLength(4);
    expect(proxy.seen.map(({ target }) => target)).toEqual(Array(4).fill(`${INTERNAL}:443`));
    expect(lookedUp.size).toBe(0);
  });

  it('that closes the connection without a response gets one attempt per call', async () => {
    let asked = 0;
    const rude = await startRudeProxy((socket) => {
      asked++;
      socket.destroy();
    });
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: rude });
    expect(await expectNothingWorks(gateway)).toContain('PROXY_UND_ERR_SOCKET');
    expect(asked).toBe(4);
  });

  it('that never responds to CONNECT times out after connect_seconds', async () => {
    const rude = await startRudeProxy(() => undefined);
    const gateway = await startWith(`https://${INTERNAL}`, { proxy: rude }, {}, { connect_seconds: 0.2 });
    await expectNothingWorks(gateway, 'connect_timeout');
  });
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
