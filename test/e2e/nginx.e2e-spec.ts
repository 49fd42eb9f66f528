import { once } from 'node:events';
import { request } from 'node:http';
import { exchangeRaw } from '../support/exchange-raw.js';
import { describeWithTool } from '../support/needs-tool.js';
import { NGINX, type TestNginx, startNginx } from '../support/nginx.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const MEGABYTE = 1024 * 1024;

describeWithTool(NGINX, ['-v'], 'behind nginx, as deploy/nginx/llm-gateway.conf says', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;
  let nginx: TestNginx;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startGateway({
      metrics: { enabled: true, public: true },
      models: {
        openai: [
          { name: 'm', base_url: upstream.url },
          { name: 'org/m', base_url: upstream.url },
        ],
      },
    });
    nginx = await startNginx(gateway.url);
  });
  afterAll(async () => {
    await nginx?.close();
    await gateway?.close();
    await upstream?.close();
  });

  const chat = (body: unknown, key = TEST_KEY, signal?: AbortSignal): Promise<Response> =>
    fetch(`${nginx.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
      signal,
    });
  const messages = [{ role: 'user', content: 'hi' }];
  const ofSize = (bytes: number): Record<string, unknown> => {
    const bare = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: '' }] }).length;
    return { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(bytes - bare) }] };
  };

  /** Does something, and tells what came to the gateway meanwhile: the connection of each request. */
  async function arriving<Result>(work: () => Promise<Result>): Promise<Result & { arrived: unknown[] }> {
    const arrived: unknown[] = [];
    const server = gateway.app.getHttpServer() as NodeJS.EventEmitter;
    const note = (_: unknown, res: { socket: unknown }): unknown => arrived.push(res.socket);
    server.on('request', note);
    try {
      return { ...(await work()), arrived };
    } finally {
      server.off('request', note);
    }
  }

  it('a stream arrives event by event: each is read before the next one is written', async () => {
    const texts = ['one', 'two', 'three', 'four'];
    let next: () => void = () => undefined;
    upstream.handle(async ({ res }) => {
      beginStream(res);
      for (const text of texts) {
        const written = new Promise<void>((resolve) => (next = resolve));
        res.write(chunkEvent(text));
        await written;
      }
      res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const response = await chat({ model: 'm', stream: true, messages });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (const text of texts) {
      let seen = '';
      while (!seen.includes('\n\n')) seen += (await reader.read()).value!;
      expect(seen).toBe(chunkEvent(text));
      next();
    }
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
    expect(rest).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('a client that leaves ends the call at the model service', async () => {
    let isClosed = false;
    upstream.handle(({ res }) => {
      res.once('close', () => (isClosed = true));
      beginStream(res);
      res.write(chunkEvent('one'));
    });
    const leave = new AbortController();
    const response = await chat({ model: 'm', stream: true, messages }, TEST_KEY, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await until(() => isClosed, 'the end of the upstream call');
  });

  it('a body of 32 MB goes through and is not kept on disk; one byte more is refused by the gateway', async () => {
    let received = 0;
    upstream.handle(({ res, body }) => {
      received = body.length;
      sendJson(res, completion());
    });
    expect((await chat(ofSize(32 * MEGABYTE))).status).toBe(200);
    // `model` is `m` upstream too: the body is as long there.
    expect(received).toBe(32 * MEGABYTE);
    expect(nginx.bufferedFiles()).toEqual([]);

    const refused = await chat(ofSize(32 * MEGABYTE + 1));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error: { code: 'request_too_large' } });
  });

  it('a wrong key is answered before the body was sent', async () => {
    const call = request(`${nginx.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer sk-wrong',
        'content-length': 4 * MEGABYTE,
      },
    });
    call.on('error', () => undefined);
    call.write('{"model"');
    const [response] = (await once(call, 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(401);
    call.destroy();
  });

  it('connections are kept, and used again by the next call', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    const { arrived } = await arriving(async () => {
      for (let call = 0; call < 10; call += 1)
        expect((await chat({ model: 'm', messages })).status).toBe(200);
    });
    expect(arrived.length).toBe(10);
    expect(new Set(arrived).size).toBe(1);
  });

  it('a failed call is not repeated by nginx, and reaches the client as the gateway sends it', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 500));
    const { failed, arrived } = await arriving(async () => ({
      failed: await chat({ model: 'm', messages }),
    }));
    expect(arrived.length).toBe(1);
    expect(failed.status).toBe(500);
    expect(await failed.json()).toMatchObject({ error: { code: 'upstream_error' } });
  });

  it('hides the metrics from outside, in every spelling', async () => {
    const get = (url: string, path: string) =>
      exchangeRaw(url, `GET ${path} HTTP/1.1\r\nhost: llm.example.com\r\n\r\n`);
    expect((await get(gateway.url, '/metrics')).status).toBe(200);
    for (const path of [
      '/metrics',
      '/metrics?x=1',
      '/metrics/',
      '/METRICS',
      '//metrics',
      '/%6detrics',
      '/%6Detrics/',
      '/./metrics',
      '/v1/../metrics',
      '/v1/..%2fmetrics',
      '/metrics%2f',
      '/metrics/.',
      '/metrics;x',
      'http://llm.example.com/metrics',
    ]) {
      const { status, body } = await get(nginx.url, path);
      expect([path, status]).toEqual([path, 404]);
      expect(body).not.toContain('llm_gateway_');
    }
    expect((await get(nginx.url, '/v1/health')).status).toBe(200);
  });

  it('passes names of models on as they are written', async () => {
    for (const path of ['/v1/models/org/m', '/v1/models/org%2Fm', '/v1/models/%6Frg/m']) {
      const response = await exchangeRaw(
        nginx.url,
        `GET ${path} HTTP/1.1\r\nhost: llm.example.com\r\nauthorization: Bearer ${TEST_KEY}\r\n\r\n`,
      );
      expect([path, response.status]).toEqual([path, 200]);
    }
  });

  it('passes the host on as the client wrote it, port included', async () => {
    const hosts: unknown[] = [];
    const server = gateway.app.getHttpServer() as NodeJS.EventEmitter;
    const note = (req: { headers: { host?: string } }): unknown => hosts.push(req.headers.host);
    server.on('request', note);
    await exchangeRaw(nginx.url, 'GET /v1/health HTTP/1.1\r\nhost: llm.example.com:8443\r\n\r\n');
    server.off('request', note);
    expect(hosts).toEqual(['llm.example.com:8443']);
  });

  it('refuses two hosts, and transfer encodings that two readers could understand differently', async () => {
    for (const lines of [
      'host: a\r\nhost: b\r\n',
      'host: a\r\ntransfer-encoding: gzip, chunked\r\n',
      'host: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n',
    ]) {
      const { status } = await exchangeRaw(
        nginx.url,
        `POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer ${TEST_KEY}\r\n${lines}\r\n0\r\n\r\n`,
      );
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });
});
