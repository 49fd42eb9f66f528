import { setTimeout as sleep } from 'node:timers/promises';
import { CLI_KEY, CliProcess, ConfigFolder, freePort } from '../support/cli-process.js';
import { chatRequest, getRequest, openDescriptors, residentMb } from '../support/silent-client.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import { upstream, send, openSilentClients } from '../support/silent-clients.js';

jest.setTimeout(180_000);
openSilentClients();

const MB = 1_000_000;
/** More than the system takes for a client that reads nothing. */
const LARGE = 'x'.repeat(20 * MB);

describe('responses that clients do not read, in the memory of the real program', () => {
  let folder: ConfigFolder;
  let gateway: CliProcess;
  let url: string;
  let metricsPort: number;

  beforeAll(async () => {
    metricsPort = await freePort();
    folder = new ConfigFolder().write({
      metrics: { enabled: true, port: metricsPort },
      models: {
        openai: [
          { name: 'm', base_url: upstream.url, timeouts: { total_seconds: 10 }, retry: { max_retries: 0 } },
        ],
      },
    });
    gateway = new CliProcess(['--config', folder.file]);
    url = await gateway.listening();
    for (const path of ['/docs/swagger-ui-bundle.js', '/docs-json', '/ui/app.js'])
      await (await fetch(url + path)).text();
  });
  afterAll(async () => {
    await CliProcess.endAll();
    folder.remove();
  });

  it.each([
    ['a file', '/docs/swagger-ui-bundle.js', {}],
    ['the document', '/docs-json', {}],
    ['the script of the documentation', '/docs/swagger-ui-init.js', {}],
    ['a file of the board', '/ui/app.js', {}],
    ['the models', '/v1/models', { authorization: `Bearer ${CLI_KEY}` }],
    ['a 401', '/v1/models', {}],
    ['a 404', '/nothing', {}],
    ['liveness', '/v1/health', {}],
  ])(
    'to 5 connections with 1,000 requests each for %s are not prepared ahead',
    async (_what, path, headers) => {
      const [descriptors, memory] = [openDescriptors(gateway.pid), residentMb(gateway.pid)];
      for (let client = 0; client < 5; client++) await send(url, getRequest(path, headers).repeat(1000));
      let most = 0;
      for (let look = 0; look < 20; look++) {
        await sleep(50);
        most = Math.max(most, openDescriptors(gateway.pid));
      }
      // A connection and a file each, and what was idle before.
      expect(most - descriptors).toBeLessThan(20);
      expect(residentMb(gateway.pid) - memory).toBeLessThan(60);
      expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    },
  );

  it('are not prepared ahead on the port of the metrics', async () => {
    const memory = residentMb(gateway.pid);
    for (let client = 0; client < 5; client++)
      await send(`http://127.0.0.1:${metricsPort}`, getRequest('/metrics').repeat(1000));
    await sleep(1000);
    expect(residentMb(gateway.pid) - memory).toBeLessThan(60);
  });

  it('of 12 calls, 20 MB each, are gone soon after total_seconds', async () => {
    upstream.handle(({ res }) => sendJson(res, completion(LARGE)));
    const before = openDescriptors(gateway.pid);
    for (let call = 0; call < 12; call++) await send(url, chatRequest(CLI_KEY));
    const lines = () => gateway.log.filter(({ message, model }) => message === 'request' && model === 'm');
    await until(() => lines().length === 12, 'the end of all calls', 40_000);
    // The pool keeps what it has to the model service.
    expect(openDescriptors(gateway.pid)).toBeLessThan(before + 12 + 6);
    // On a busy machine the model service may not have sent the last of them by then.
    const [line] = lines().filter(({ error }) => error !== 'total_timeout');
    expect(line).toMatchObject({ status: 499, error: 'client_read_timeout', client: 'key-1' });
  });
});

describe('a client that takes nothing', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({
      server: { response_idle_seconds: 0.6, sse_keepalive_seconds: 0.05 },
      models: {
        openai: [
          {
            name: 'm',
            base_url: upstream.url,
            timeouts: { idle_seconds: 1, total_seconds: 60 },
            limits: { max_concurrent: 1, max_queued: 10, max_queue_seconds: 30 },
          },
          {
            name: 'total',
            base_url: upstream.url,
            timeouts: { idle_seconds: 60, total_seconds: 4 },
            retry: { max_retries: 0 },
          },
        ],
      },
    });
  });
  afterAll(() => gateway.close());

  /** More and more events, as fast as they are taken. */
  const endlessStream = (): void =>
    upstream.handle(({ res }) => {
      beginStream(res);
      const write = (): void => {
        while (!res.destroyed && res.write(chunkEvent('y'.repeat(50_000))));
      };
      res.on('drain', write);
      write();
    });
  const nobodyConnected = async (): Promise<void> => {
    let count = 1;
    for (let look = 0; look < 500 && count > 0; look++) {
      await sleep(20);
      count = await new Promise<number>((resolve, reject) =>
        gateway.app
          .getHttpServer()
          .getConnections((error: Error | null, open: number) =>
            error === null ? resolve(open) : reject(error),
          ),
      );
    }
    expect(count).toBe(0);
  };
  const stalledLines = () => gateway.log().filter(({ error }) => error === 'client_read_timeout');

  it('of a file is ended after response_idle_seconds', async () => {
    const bytes = getRequest('/docs/swagger-ui-bundle.js').repeat(20);
    await send(gateway.url, bytes);
    await until(() => stalledLines().length === 1, 'the end of the response');
    await nobodyConnected();
    expect(stalledLines()[0]).toMatchObject({ status: 499, path: '/docs/swagger-ui-bundle.js' });
  });

  it('of a stream is ended after idle_seconds, and the next call gets its slot', async () => {
    endlessStream();
    const since = performance.now();
    await send(gateway.url, chatRequest(TEST_KEY, { stream: true }));
    await until(() => upstream.calls.some(({ res }) => !res.destroyed), 'the call');
    const call = upstream.calls.at(-1)!;
    upstream.handle(({ res }) => sendJson(res, completion('next')));
    expect((await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })).status).toBe(
      200,
    );
    expect(performance.now() - since).toBeGreaterThan(900);
    await until(() => call.res.destroyed, 'the end at the model service');
    expect(stalledLines().at(-1)).toMatchObject({ model: 'm', status: 499, stream: true });
  });

  it('of a stream or of a whole response is ended by total_seconds, long before idle_seconds', async () => {
    endlessStream();
    const ended = () =>
      gateway.log().filter(({ message, model }) => message === 'request' && model === 'total');
    await send(gateway.url, chatRequest(TEST_KEY, { model: 'total', stream: true }));
    await until(() => ended().length === 1, 'the end of the stream', 20_000);
    expect(ended()[0]).toMatchObject({ error: 'total_timeout' });
    upstream.handle(({ res }) => sendJson(res, completion(LARGE)));
    await send(gateway.url, chatRequest(TEST_KEY, { model: 'total' }));
    await until(() => ended().length === 2, 'the end of the whole answer', 20_000);
    expect(ended()[1]).toMatchObject({ status: 499, error: 'client_read_timeout' });
  });

  it('is distinguished from one that reads slowly', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('z'.repeat(12 * MB))));
    const client = await send(gateway.url, chatRequest(TEST_KEY));
    let length = 0;
    for await (const chunk of client.socket) {
      length += (chunk as Buffer).length;
      // In all longer than idle_seconds.
      if (length % 7 === 0 || length > 11 * MB) await sleep(8);
      if (length > 12 * MB) break;
      await sleep(5);
    }
    expect(length).toBeGreaterThan(12 * MB);
  });
});
