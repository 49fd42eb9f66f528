import { connect } from 'node:net';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeEach(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const configOf = (server: Record<string, unknown>) => ({
  server,
  models: { openai: [{ name: 'm', base_url: upstream.url }] },
});

async function start(server: Record<string, unknown>): Promise<void> {
  gateway = await startGateway(configOf(server));
}

/** A chat request of exactly so many bytes. */
function bodyOf(bytes: number): string {
  const [head, tail] = ['{"model":"m","messages":[{"role":"user","content":"', '"}]}'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}

/** Without `content-length`, in pieces. */
function sendInPieces(body: string, pieces: number): Promise<Response> {
  const size = Math.ceil(body.length / pieces);
  let at = 0;
  const stream = new ReadableStream({
    // One at a time, so that they arrive one at a time.
    async pull(controller) {
      if (at >= body.length) return controller.close();
      controller.enqueue(Buffer.from(body.slice(at, (at += size))));
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit);
}

describe('a body', () => {
  it.each([
    ['of told length', (body: string) => gateway.chat(body)],
    ['of unknown length', (body: string) => sendInPieces(body, 5)],
  ])('%s may be as large as body_limit, and not one byte larger', async (_how, send) => {
    await start({ body_limit: 2000 });
    const whole = await send(bodyOf(2000));
    expect(whole.status).toBe(200);
    expect(upstream.calls[0]!.body.toString()).toBe(bodyOf(2000));
    const refused = await send(bodyOf(2001));
    expect([refused.status, await refused.json()]).toMatchObject([
      413,
      { error: { code: 'request_too_large' } },
    ]);
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('a body in chunks of one byte', () => {
  const inBytes = (body: string) => body.replace(/[^]/g, '1\r\n$&\r\n');

  it('arrives whole, and so does the next one on its connection', async () => {
    await start({});
    const bodies = [bodyOf(200_000), bodyOf(3000)];
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    for (const [i, body] of bodies.entries()) {
      socket.write(`${head}${inBytes(body)}0\r\n\r\n`);
      await until(() => upstream.calls.length === i + 1, 'the call');
      expect(upstream.calls[i]!.body.toString()).toBe(body);
    }
    socket.destroy();
  });
});

describe('json_values_limit', () => {
  const withValues = (count: number) => bodyOf(2000).replace('}]}', `}],"x":[${'{},'.repeat(count - 1)}{}]}`);

  it.each([
    ['of told length', (body: string) => gateway.chat(body)],
    ['of unknown length', (body: string) => sendInPieces(body, 5)],
  ])('is reached by the last value of a body %s, and not before', async (_how, send) => {
    await start({ json_values_limit: 1000 });
    // Beside them 11: the object, 3 keys, 2 lists, the name, the message, its 2 keys and 2 values, less the first.
    expect((await send(withValues(988))).status).toBe(200);
    const refused = await send(withValues(989));
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({
      error: {
        message: 'The request body has more than 1000 JSON values (server.json_values_limit).',
        type: 'invalid_request_error',
        param: null,
        code: 'request_too_large',
      },
    });
  });

  it('is found before the body is looked at any further, and follows a reload', async () => {
    await start({ json_values_limit: 100 });
    expect((await gateway.chat(`[${'{},'.repeat(200)}`)).status).toBe(413);
    expect((await gateway.chat(`[${'{},'.repeat(20)}`)).status).toBe(400);
    await gateway.reload(configOf({ json_values_limit: 1000 }));
    expect((await gateway.chat(withValues(500))).status).toBe(200);
  });
});

describe('bodies_limit', () => {
  it('is reached by its last byte, and not before', async () => {
    await start({ body_limit: 2000, bodies_limit: 4000 });
    const answers: (() => void)[] = [];
    upstream.handle(({ res }) => answers.push(() => sendJson(res, completion())));
    const running = [gateway.chat(bodyOf(2000)), gateway.chat(bodyOf(2000))];
    await until(() => upstream.calls.length === 2, 'both calls');
    expect((await gateway.chat(bodyOf(100))).status).toBe(429);
    for (const answer of answers) answer();
    for (const call of running) expect((await call).status).toBe(200);
  });

  it('never forbids a single body', async () => {
    await start({ body_limit: 2000, bodies_limit: 1 });
    expect((await gateway.chat(bodyOf(2000))).status).toBe(200);
  });

  it('of 0 is none', async () => {
    await start({ bodies_limit: 0 });
    expect((await gateway.chat(bodyOf(2000))).status).toBe(200);
  });

  it('forgets bodies that came in pieces, whole', async () => {
    await start({ body_limit: '64kb', bodies_limit: '64kb' });
    for (let call = 0; call < 5; call++) expect((await sendInPieces(bodyOf(60_000), 20)).status).toBe(200);
  });

  it('is a new one after a reload', async () => {
    await start({ body_limit: 2000, bodies_limit: 2000 });
    upstream.handle(() => undefined);
    const leave = new AbortController();
    const running = gateway.chat(bodyOf(2000), { signal: leave.signal });
    await until(() => upstream.calls.length === 1, 'a running call');
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await gateway.chat(bodyOf(2000))).status).toBe(429);
    await gateway.reload(configOf({ body_limit: 2000, bodies_limit: 4000 }));
    expect((await gateway.chat(bodyOf(2000))).status).toBe(200);
    leave.abort();
    await expect(running).rejects.toThrow();
  });
});
