import { once } from 'node:events';
import { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI_KEY, CliProcess, ConfigFolder, freePort } from '../support/cli-process.js';
import { leastOf } from '../support/least-of.js';
import { SilentClient, chatRequest, getRequest } from '../support/silent-client.js';
import { until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

// Each test starts a process, on machines that may be busy.
jest.setTimeout(180_000);

/** A second as promised, and what a busy machine adds. */
const SOON_MS = 1500;
const POST = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${CLI_KEY}\r\ncontent-type: application/json\r\n`;

describe('SIGTERM while clients are connected', () => {
  let upstream: TestUpstream;
  let folder: ConfigFolder;
  let sockets: Socket[];
  let cli: CliProcess;
  let url: string;

  beforeEach(async () => {
    sockets = [];
    upstream = await startUpstream();
    folder = new ConfigFolder().write({
      metrics: { enabled: true, port: await freePort() },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
    await start();
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await CliProcess.endAll();
    await upstream.close();
    folder.remove();
  });

  async function start(): Promise<void> {
    cli = new CliProcess(['--config', folder.file]);
    url = await cli.listening();
    // What is loaded when first needed is loaded.
    await (await fetch(`${url}/docs-json`)).text();
  }

  async function connectAnd(bytes: string, to = url): Promise<SilentClient> {
    const client = await SilentClient.send(to, bytes);
    sockets.push(client.socket);
    return client;
  }

  async function endAfter(signalled: number): Promise<number> {
    expect(await cli.ended()).toMatchObject({ code: 0 });
    expect(cli.log.at(-1)).toMatchObject({ message: 'stopped' });
    return performance.now() - signalled;
  }

  /** How long it takes to stop, once clients are connected. */
  const stopping = (begin: () => Promise<unknown>): Promise<number> =>
    leastOf(SOON_MS, async () => {
      if (cli.result !== undefined) await start();
      await begin();
      // All that was sent has arrived.
      await sleep(300);
      const at = performance.now();
      cli.kill('SIGTERM');
      return endAfter(at);
    });

  const metricsUrl = (): string => String(cli.log.find(({ message }) => message === 'measurements')!['url']);

  it.each<[string, () => Promise<unknown>]>([
    ['that say nothing', () => connectAnd('')],
    [
      'that are idle between two requests',
      async () => (await connectAnd(getRequest('/v1/health'))).readUntil('}'),
    ],
    ['that have sent half a head', () => connectAnd('GET /v1/health HT')],
    ['that have sent half a body', () => connectAnd(`${POST}content-length: 1000\r\n\r\n{"model"`)],
    [
      'that have sent half a chunk',
      () => connectAnd(`${POST}transfer-encoding: chunked\r\n\r\nff\r\n{"model"`),
    ],
    [
      'that were refused half way',
      () => connectAnd('POST /v1/nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n{'),
    ],
    ['that read nothing of a file', () => connectAnd(getRequest('/docs/swagger-ui-bundle.js').repeat(100))],
    ['that read nothing of 100 responses', () => connectAnd(getRequest('/v1/health').repeat(100))],
    [
      'that do not speak HTTP behind a request',
      () => connectAnd(`${getRequest('/docs-json').repeat(50)}NO HTTP\r\n`),
    ],
    ['on the port of the measurements', () => connectAnd('', metricsUrl())],
    [
      'that read nothing of the measurements',
      () => connectAnd(getRequest('/metrics').repeat(100), metricsUrl()),
    ],
  ])('ends the process within a second: connections %s', async (_what, begin) => {
    const ms = await stopping(async () => {
      for (let client = 0; client < 3; client++) await begin();
    });
    expect(ms).toBeLessThan(SOON_MS);
  });

  it('ends the process within a second: a whole response of a model that no client reads', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('x'.repeat(20_000_000))));
    const ms = await stopping(async () => {
      upstream.calls.length = 0;
      await connectAnd(chatRequest(CLI_KEY));
      await until(() => upstream.calls.length === 1, 'the call');
      await sleep(500);
    });
    expect(ms).toBeLessThan(SOON_MS);
  });

  it('ends the process within a second of the end of the last call, with other connections still open', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('one'));
      setTimeout(() => res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`), 2000);
    });
    const ms = await leastOf(SOON_MS, async () => {
      if (cli.result !== undefined) await start();
      upstream.calls.length = 0;
      await connectAnd('');
      await connectAnd(getRequest('/docs/swagger-ui-bundle.js').repeat(100));
      await connectAnd(`${POST}content-length: 1000\r\n\r\n{"model"`);
      const client = await connectAnd(chatRequest(CLI_KEY, { stream: true }));
      await until(() => upstream.calls.length === 1, 'the call');
      cli.kill('SIGTERM');
      const text = await client.readUntil('[DONE]');
      expect(text).toContain('[DONE]');
      return endAfter(performance.now());
    });
    expect(ms).toBeLessThan(SOON_MS);
  });

  it('gives a request whose body is on its way the time to become a call that is refused', async () => {
    const client = await connectAnd(`${POST}content-length: 1000\r\n\r\n{"model"`);
    await sleep(200);
    cli.kill('SIGTERM');
    const text = await client.readUntil('}}');
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*"shutting_down"/i);
    await once(client.socket, 'close').catch(() => undefined);
    expect(await cli.ended()).toMatchObject({ code: 0 });
  });
});
