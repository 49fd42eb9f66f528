import { type Socket, connect } from 'node:net';
import { type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

const KEYS = ['sk-first-client-key-0001', 'sk-second-client-key-002', 'sk-third-client-key-0003'] as const;
const KILOBYTE = 1024;

let upstream: TestUpstream;
let gateway: TestGateway;
let sockets: Socket[];
/** Each makes the upstream respond to a call that it holds. */
let answers: (() => void)[];

beforeEach(async () => {
  sockets = [];
  answers = [];
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.close();
  await upstream.close();
});

async function start(server: Record<string, unknown>, auth?: Record<string, unknown>): Promise<void> {
  gateway = await startGateway({
    server,
    auth: auth ?? { api_keys: KEYS.map((key, i) => ({ name: `client-${i}`, key })) },
    models: { openai: [{ name: 'm', base_url: upstream.url }] },
  });
}

const holdAnswers = (): void =>
  upstream.handle(({ res }) => void answers.push(() => sendJson(res, completion())));

/** A chat request of exactly so many bytes. */
function bodyOf(bytes: number): string {
  const [head, tail] = ['{"model":"m","messages":[{"role":"user","content":"', '"}]}'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}

const chat = (key: string | null, bytes: number, signal?: AbortSignal): Promise<Response> =>
  gateway.chat(bodyOf(bytes), { key, signal });

interface Upload {
  readonly socket: Socket;
  text: string;
  isClosed: boolean;
}

function upload(key: string, framing: string, bytes: string): Upload {
  const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1', allowHalfOpen: true });
  const state: Upload = { socket, text: '', isClosed: false };
  sockets.push(socket);
  socket.setEncoding('utf8').on('data', (text: string) => (state.text += text));
  socket.on('error', () => undefined).once('close', () => (state.isClosed = true));
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n${bytes}`,
  );
  return state;
}

/** Sends bodies of one size with a key until one is refused; none of the calls gets a response meanwhile. */
async function fill(key: string, bytes: number): Promise<{ accepted: number; leave: AbortController }> {
  const leave = new AbortController();
  for (let accepted = 0; ; accepted++) {
    const before = upstream.calls.length;
    const call = chat(key, bytes, leave.signal);
    const refused = call.then(({ status }) => status).catch(() => 0);
    let status: number | undefined;
    void refused.then((value) => (status = value));
    await until(() => upstream.calls.length > before || status !== undefined, 'a verdict');
    if (status === undefined) continue;
    expect(status).toBe(429);
    return { accepted, leave };
  }
}

describe('the room for bodies', () => {
  it('is not used up by lengths that are only declared', async () => {
    await start({ body_limit: '64kb', bodies_limit: '128kb' });
    for (let i = 0; i < 20; i++) upload(KEYS[0], 'content-length: 65536', '');
    for (let i = 0; i < 5; i++) {
      expect((await chat(KEYS[0], 60 * KILOBYTE)).status).toBe(200);
      expect((await chat(KEYS[1], 60 * KILOBYTE)).status).toBe(200);
    }
  });

  it('is used up by bytes that have arrived, however they are split', async () => {
    await start({ body_limit: '64kb', bodies_limit: '64kb' }, { api_keys: [KEYS[0]] });
    const piece = bodyOf(60 * KILOBYTE).slice(0, -1);
    const slow = upload(KEYS[0], 'transfer-encoding: chunked', piece.replace(/./g, '1\r\n$&\r\n'));
    for (;;) if ((await chat(KEYS[0], 60 * KILOBYTE)).status === 429) break;
    slow.socket.destroy();
    await until(() => gateway.log().some(({ status }) => status === 499), 'the end of the upload');
    expect((await chat(KEYS[0], 60 * KILOBYTE)).status).toBe(200);
  });

  it.each([
    ['two bodies', '128kb', 1],
    ['many bodies', '640kb', 5],
    ['less than one body', '1kb', 1],
  ])('of %s leaves as much to the others as one key holds', async (_which, bodies, expected) => {
    await start({ body_limit: '64kb', bodies_limit: bodies });
    holdAnswers();
    const { accepted, leave } = await fill(KEYS[0], 64 * KILOBYTE);
    expect(accepted).toBe(expected);
    const second = chat(KEYS[1], 64 * KILOBYTE);
    await until(() => answers.length === accepted + 1, "the other key's call");
    answers.at(-1)!();
    expect((await second).status).toBe(200);
    leave.abort();
  });

  it('is not used up by two keys either', async () => {
    await start({ body_limit: '16kb', bodies_limit: '640kb' });
    holdAnswers();
    const first = await fill(KEYS[0], 16 * KILOBYTE);
    const second = await fill(KEYS[1], 16 * KILOBYTE);
    expect([first.accepted, second.accepted]).toEqual([20, 10]);
    expect((await fill(KEYS[2], 16 * KILOBYTE)).accepted).toBe(5);
    first.leave.abort();
    second.leave.abort();
  });

  it('belongs to the only key if there is one', async () => {
    await start({ body_limit: '16kb', bodies_limit: '64kb' }, { api_keys: [KEYS[0]] });
    holdAnswers();
    const { accepted, leave } = await fill(KEYS[0], 16 * KILOBYTE);
    expect(accepted).toBe(4);
    leave.abort();
  });

  it('is shared between addresses if keys are not checked', async () => {
    await start({ body_limit: '16kb', bodies_limit: '64kb' }, { enabled: false });
    holdAnswers();
    const { accepted, leave } = await fill('none', 16 * KILOBYTE);
    expect(accepted).toBe(2);
    leave.abort();
  });

  it('keeps a body that outlives its client', async () => {
    gateway = await startGateway({
      server: { body_limit: '64kb', bodies_limit: '64kb' },
      auth: { api_keys: [KEYS[0]] },
      models: { openai: [{ name: 'm', base_url: upstream.url, on_client_disconnect: 'finish' }] },
    });
    holdAnswers();
    const leave = new AbortController();
    const left = chat(KEYS[0], 60 * KILOBYTE, leave.signal);
    await until(() => answers.length === 1, 'the call');
    leave.abort();
    await expect(left).rejects.toThrow();
    // The gateway has noticed the disconnect once it has responded to a later request.
    await gateway.get('/v1/health');
    expect((await chat(KEYS[0], 60 * KILOBYTE)).status).toBe(429);
    answers[0]!();
    upstream.handle(({ res }) => sendJson(res, completion()));
    await until(
      () =>
        gateway
          .log()
          .some(
            ({ message, path, status }) => message === 'request' && path !== '/v1/health' && status === 499,
          ),
      'the end of the call',
    );
    expect((await chat(KEYS[0], 60 * KILOBYTE)).status).toBe(200);
  });
});

describe('a body that stops arriving', () => {
  it.each([
    ['of known length', 'content-length: 60000', (text: string) => text],
    [
      'of unknown length',
      'transfer-encoding: chunked',
      (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`,
    ],
    ['after its go-ahead', 'content-length: 60000\r\nexpect: 100-continue', () => ''],
  ])('%s is ended with a 408, and its room is free', async (_which, framing, encode) => {
    await start(
      { body_limit: '64kb', bodies_limit: '64kb', body_idle_seconds: 0.3 },
      { api_keys: [KEYS[0]] },
    );
    const startedAt = Date.now();
    const still = upload(KEYS[0], framing, encode(bodyOf(60_000).slice(0, 50_000)));
    await until(() => still.isClosed || still.socket.readableEnded, 'the end of the connection');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    const answer = still.text.slice(still.text.indexOf('HTTP/1.1 408'));
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toEqual({
      error: {
        message: 'The request body stopped arriving.',
        type: 'invalid_request_error',
        param: null,
        code: 'request_timeout',
      },
    });
    await until(() => gateway.log().some(({ message }) => message === 'request'), 'the line of the log');
    expect(gateway.log().filter(({ message }) => message === 'request')).toMatchObject([
      { status: 408, error: 'request_timeout', path: '/v1/chat/completions' },
    ]);
    expect(upstream.calls).toHaveLength(0);
    expect((await chat(KEYS[0], 60_000)).status).toBe(200);
  });

  it('of a model test is ended as well', async () => {
    await start({ body_idle_seconds: 0.3 });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(
      `POST /v1/models/m/test HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEYS[0]}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`,
    );
    await until(() => text.includes('request_timeout'), 'the 408');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('may be slow as long as bytes arrive, and the limit may change while the gateway runs', async () => {
    await start({ body_idle_seconds: 1 });
    const body = bodyOf(70);
    const slow = upload(KEYS[0], `content-length: ${body.length}`, '');
    for (const byte of body) {
      slow.socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await until(() => slow.text.includes('chat.completion'), 'the answer');
    await gateway.reload({
      server: { body_idle_seconds: 0 },
      auth: { api_keys: [KEYS[0]] },
      models: { openai: [{ name: 'm', base_url: upstream.url }] },
    });
    const still = upload(KEYS[0], `content-length: ${body.length}`, body.slice(1));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(still.text).toBe('');
  });
});
