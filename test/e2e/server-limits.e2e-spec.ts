import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
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
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.close();
  await upstream.close();
});

async function start(server: Record<string, unknown> = {}): Promise<void> {
  gateway = await startGateway({
    server,
    metrics: { enabled: true },
    models: { openai: [{ name: 'm', base_url: `${upstream.url}/v1` }] },
  });
}

interface RawCaller {
  readonly socket: Socket;
  text: string;
  isClosed: boolean;
}

/** A caller that sends what it likes, when it likes. */
function dial(): RawCaller {
  const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1', allowHalfOpen: true });
  const caller: RawCaller = { socket, text: '', isClosed: false };
  sockets.push(socket);
  socket.setEncoding('utf8').on('data', (text: string) => (caller.text += text));
  socket.on('error', () => undefined).once('close', () => (caller.isClosed = true));
  return caller;
}

const HEAD = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\n`;
const body = (more = ''): string => `{"model":"m","messages":[{"role":"user","content":"hi"}]${more}}`;
const bodyOf = ({ text }: RawCaller): unknown => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
const askWith = (more: string): Promise<Response> => gateway.chat(body(`,"x":${more}`));
const tooSlow = {
  error: {
    message: 'The request took too long to arrive.',
    type: 'invalid_request_error',
    param: null,
    code: 'request_timeout',
  },
};
const requests = () => gateway.log().filter(({ message }) => message === 'request');
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('headers', () => {
  it('may have the size that is configured, and no more', async () => {
    await start({ header_limit: '32kb' });
    const get = (bytes: number) => gateway.get('/v1/models', { headers: { 'x-long': 'x'.repeat(bytes) } });
    expect((await get(30_000)).status).toBe(200);
    const refused = await get(40_000);
    expect(refused.status).toBe(431);
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_value', param: null } });
    await until(() => requests().length === 2, 'the line of the log');
    expect(requests()[1]).toMatchObject({
      status: 431,
      error: 'invalid_value',
      request_id: refused.headers.get('x-request-id'),
    });
  });

  it('that are not HTTP are refused under a request id, and logged', async () => {
    await start();
    const caller = dial();
    caller.socket.write('garbage\r\n\r\n');
    await until(() => caller.text.endsWith('}'), 'the answer');
    expect(caller.text).toMatch(/^HTTP\/1\.1 400 /);
    expect(bodyOf(caller)).toMatchObject({
      error: { type: 'invalid_request_error', message: 'The request is not valid HTTP.' },
    });
    await until(() => requests().length === 1, 'the line of the log');
    const [, id] = /x-request-id: (\S+)/.exec(caller.text)!;
    expect(requests()[0]).toMatchObject({ method: '-', path: '-', status: 400, request_id: id });
  });

  it('that never begin are no request: browsers open connections ahead', async () => {
    await start({ headers_seconds: 0.3 });
    const caller = dial();
    await until(() => caller.text.endsWith('}'), 'the answer');
    expect(caller.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(requests()).toEqual([]);
  });

  it('that never end are cut off with a 408', async () => {
    await start({ headers_seconds: 0.3 });
    const caller = dial();
    caller.socket.write(HEAD);
    const trickle = setInterval(() => caller.socket.write('x-a: 1\r\n'), 20);
    await until(() => caller.isClosed, 'the end of the connection');
    clearInterval(trickle);
    expect(caller.text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(bodyOf(caller)).toEqual(tooSlow);
  });
});

describe('a body', () => {
  it('that trickles endlessly is cut off with a 408, also when the client does not read', async () => {
    await start({ request_seconds: 0.4 });
    const caller = dial();
    caller.socket.write(`${HEAD}content-length: 1000000\r\n\r\n{`);
    const trickle = setInterval(() => caller.socket.write(' '), 20);
    await until(() => caller.isClosed, 'the end of the connection');
    clearInterval(trickle);
    expect(caller.text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(bodyOf(caller)).toEqual(tooSlow);
    expect(upstream.calls).toHaveLength(0);
    await until(() => requests().length === 1, 'the line of the log');
    expect(requests()).toMatchObject([{ status: 408, error: 'request_timeout', client: 'key-1' }]);
    expect(await (await gateway.get('/metrics')).text()).toContain(
      'llm_gateway_requests_total{model="none",type="none",client="key-1",outcome="request_timeout"} 1\n',
    );
  });

  it('is not read to its end after the 408', async () => {
    await start({ request_seconds: 0.4 });
    const caller = dial();
    caller.socket.write(`${HEAD}content-length: ${body().length}\r\n\r\n${body().slice(0, 5)}`);
    await until(() => caller.text.includes(' 408 '), 'the 408');
    caller.socket.write(body().slice(5));
    await until(() => requests().length === 1, 'the line of the log');
    expect(requests()).toMatchObject([{ status: 408, error: 'request_timeout' }]);
    expect(upstream.calls).toHaveLength(0);
  });

  it('that stops being HTTP is logged with the 400 that its client got', async () => {
    await start();
    const caller = dial();
    caller.socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n{\r\nno chunk\r\n`);
    await until(() => requests().length === 1, 'the line of the log');
    expect(caller.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(requests()).toMatchObject([{ status: 400, error: 'invalid_value' }]);
  });

  it('may be slow as long as the request comes in time', async () => {
    await start({ request_seconds: 15, headers_seconds: 1 });
    const caller = dial();
    caller.socket.write(`${HEAD}connection: close\r\ncontent-length: ${body().length}\r\n\r\n`);
    for (const byte of body()) {
      caller.socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => caller.text.includes('chat.completion'), 'the answer');
  });

  it('is nested as deep as is configured, and no deeper', async () => {
    await start({ json_depth_limit: 10 });
    expect((await askWith(nested(9))).status).toBe(200);
    const refused = await askWith(nested(10));
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      error: {
        message: 'The request body is nested deeper than 10 levels.',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_value',
      },
    });
    expect((await askWith(`"${'['.repeat(100)}\\"${'['.repeat(100)}"`)).status).toBe(200);
  });

  it.each([
    ['of nothing but brackets', '['.repeat(8_000_000)],
    ['that is JSON, and very deep', body(`,"x":${nested(1_000_000)}`)],
    ['for a model test', undefined],
  ])('%s does not disturb other calls', async (_what, text) => {
    await start();
    const response =
      text === undefined
        ? await fetch(`${gateway.url}/v1/models/m/test`, {
            method: 'POST',
            headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
            body: `{"test_message":${nested(30_000)}}`,
          })
        : await gateway.chat(text);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_value' } });
    expect((await gateway.chat(body())).status).toBe(200);
  });
});

describe('what is not HTTP, sent while a response is on its way', () => {
  it('ends the connection without a word that would look like a part of the response', async () => {
    await start();
    upstream.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const caller = dial();
    const wanted = body(',"stream":true');
    caller.socket.write(`${HEAD}content-length: ${wanted.length}\r\n\r\n${wanted}`);
    await until(() => caller.text.includes('data: '), 'the stream');
    caller.socket.write('NO HTTP\r\n\r\n');
    await until(() => caller.socket.readableEnded, 'the end of the connection');
    expect(caller.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(caller.text).not.toContain('not valid HTTP');
  });
});

describe('a response that is nested very deep', () => {
  it.each([false, true])(
    'is passed on, or is a failed call (stream: %s), and does not disturb other calls',
    async (stream) => {
      await start();
      const deep = JSON.stringify(completion()).replace('"usage"', `"x":${nested(200_000)},"usage"`);
      upstream.handle(({ res }) => sendJson(res, deep));
      const response = await gateway.chat(body(`,"stream":${stream}`));
      await response.text();
      expect([200, 500]).toContain(response.status);
      upstream.handle(({ res }) => sendJson(res, completion()));
      expect((await gateway.chat(body())).status).toBe(200);
    },
  );
});

describe('the bodies of all calls together', () => {
  const big = body(`,"x":"${'x'.repeat(60_000)}"`);

  it('have a limit: beyond it a call is asked to come again', async () => {
    await start({ body_limit: '64kb', bodies_limit: '150kb' });
    const answers: (() => void)[] = [];
    upstream.handle(({ res }) => answers.push(() => sendJson(res, completion())));
    const running = [gateway.chat(big), gateway.chat(big)];
    await until(() => upstream.calls.length === 2, 'two running calls');

    const refused = await gateway.chat(big);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
    });
    const chunked = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: new Blob([big]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(429);

    for (const answer of answers) answer();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    upstream.handle(({ res }) => sendJson(res, completion()));
    for (let call = 0; call < 10; call++) expect((await gateway.chat(big)).status).toBe(200);
  });

  it('count until a client has left', async () => {
    await start({ body_limit: '64kb', bodies_limit: '64kb' });
    const caller = dial();
    caller.socket.write(`${HEAD}content-length: ${big.length}\r\n\r\n${big.slice(0, -1)}`);
    await until(() => true);
    for (;;) {
      const { status } = await gateway.chat(big);
      if (status === 429) break;
    }
    caller.socket.destroy();
    await until(() => gateway.log().some(({ status }) => status === 499), 'the end of the call');
    expect((await gateway.chat(big)).status).toBe(200);
  });
});

describe('a client that has vanished', () => {
  it('is found out by the keep-alive of TCP', async () => {
    await start();
    const caller = dial();
    await until(() => caller.socket.localPort !== undefined);
    const port = (value: string): number => parseInt(value.split(':')[1]!, 16);
    const gatewayPort = Number(new URL(gateway.url).port);
    // The column `tr` of Linux: 02 is a running keep-alive timer.
    const timer = (): string | undefined =>
      ['/proc/net/tcp', '/proc/net/tcp6']
        .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
        .map((line) => line.trim().split(/\s+/))
        .find(
          (row) => port(row[1] ?? ':') === gatewayPort && port(row[2] ?? ':') === caller.socket.localPort,
        )?.[5]
        ?.slice(0, 2);
    await until(() => timer() !== undefined, 'the connection');
    expect(timer()).toBe('02');
  });
});
