import { gzipSync } from 'node:zlib';
import { readSse } from '../support/read-sse.js';
import { sendRaw } from '../support/send-raw.js';
import { TEST_KEY } from '../support/start-gateway.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import { ask, gateway, openSandboxStreams, sandbox, upstream } from '../support/sandbox-streams.js';

openSandboxStreams({ sse_keepalive_seconds: 0.05 });

/** What the sandbox says without the gateway in between. */
async function direct(extra: Record<string, unknown> = {}): Promise<string> {
  const response = await fetch(`${sandbox.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox-key' },
    body: JSON.stringify({
      model: 'sandbox',
      stream: true,
      messages: [{ role: 'user', content: '你好，世界 🙂' }],
      ...extra,
    }),
  });
  return (await response.text()).replaceAll(/"(id|created)":("[^"]*"|\d+)/g, '"$1":0');
}

const same = (text: string) =>
  text.replaceAll(': keep-alive\n\n', '').replaceAll(/"(id|created)":("[^"]*"|\d+)/g, '"$1":0');

describe('a stream', () => {
  it('is forwarded as it came, with the headers that keep proxies from holding it back', async () => {
    const response = await ask('sandbox', { stream_options: { include_usage: true } });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String) as string,
    });
    expect(response.headers.has('content-encoding')).toBe(false);
    expect(same(await response.text())).toBe(await direct({ stream_options: { include_usage: true } }));
    expect(gateway.log().at(-1)).toMatchObject({
      stream: true,
      first_token_ms: expect.any(Number) as number,
      completion_tokens: expect.any(Number) as number,
    });
  });

  it('keeps comments, CRLF and malformed events as they are', async () => {
    const text = `: hi\r\n\r\ndata: {"broken\r\n\r\nevent: x\r\nid: 7\r\n${chunkEvent('a').replaceAll('\n', '\r\n')}${chunkEvent('', 'stop')}data: [DONE]\n\n`;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(text);
    });
    expect(await (await ask('custom')).text()).toBe(text);
  });

  it.each([1, 2, 3, 7])(
    'arrives whole when characters and line ends are cut every %i bytes',
    async (size) => {
      sandbox.fail({ kind: 'split_bytes', size });
      expect(same(await (await ask('sandbox')).text())).toBe(await direct());
    },
  );

  it('is unpacked when the upstream compressed it unasked', async () => {
    sandbox.fail('gzip', 2);
    const response = await ask('sandbox');
    expect(response.headers.has('content-encoding')).toBe(false);
    expect(same(await response.text())).toBe(await direct());
    const plain = await gateway.chat({ model: 'sandbox', messages: [{ role: 'user', content: 'hi' }] });
    expect(await plain.json()).toHaveProperty('choices');
  });

  it('that is compressed wrongly is a failed call', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      res.end(gzipSync('{"choices":[]}').fill(0xff, 12, 20));
    });
    const response = await gateway.chat({ model: 'custom', messages: [{ role: 'user', content: 'hi' }] });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_invalid_response' } });
  });

  it('delivers each event when it arrives, not later', async () => {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    upstream.handle(async ({ res }) => {
      beginStream(res);
      res.write(chunkEvent('first'));
      await released;
      res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const reader = (await ask('custom')).body!.getReader();
    let seen = '';
    while (!seen.includes('first')) seen += Buffer.from((await reader.read()).value!).toString();
    release();
    for (let part = await reader.read(); !part.done; part = await reader.read())
      seen += Buffer.from(part.value).toString();
    expect(seen.replaceAll(': keep-alive\n\n', '')).toBe(
      `${chunkEvent('first')}${chunkEvent('', 'stop')}data: [DONE]\n\n`,
    );
  });

  it('sends its headers before the first event, and comments while nothing flows', async () => {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    upstream.handle(async ({ res }) => {
      beginStream(res);
      await released;
      res.end(`${chunkEvent('x', 'stop')}data: [DONE]\n\n`);
    });
    const response = await ask('custom');
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toMatch(/^(: keep-alive\n\n)+$/);
    release();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += Buffer.from(part.value).toString();
    expect(rest.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});

describe('the end of a stream', () => {
  it('is an in-band error, without [DONE], when the upstream dies between two events', async () => {
    sandbox.fail({ kind: 'cut', after: 3 });
    const stream = await readSse(await ask('sandbox'));
    expect(stream.error).toMatchObject({
      type: 'upstream_error',
      code: 'upstream_stream_interrupted',
      param: null,
    });
    expect(stream.isDone).toBe(false);
    expect(stream.chunks).toHaveLength(3);
    expect(gateway.log().at(-1)).toMatchObject({ status: 200, error: 'upstream_stream_interrupted' });
  });

  it('still parses when the upstream dies in the middle of an event', async () => {
    sandbox.fail({ kind: 'cut_inside_event', after: 2 });
    const stream = await readSse(await ask('sandbox'));
    expect(stream.error).toMatchObject({ code: 'upstream_stream_interrupted' });
    expect(stream.chunks).toHaveLength(2);
    expect(stream.isDone).toBe(false);
  });

  it('is an in-band error when the upstream ends cleanly but too early', async () => {
    sandbox.fail({ kind: 'end_early', after: 2 });
    const stream = await readSse(await ask('sandbox'));
    expect(stream.error).toMatchObject({ code: 'upstream_stream_interrupted' });
    expect(stream.isDone).toBe(false);
  });

  it('gets the [DONE] that the upstream forgot after every choice had its finish reason', async () => {
    sandbox.fail('no_done');
    const stream = await readSse(await ask('sandbox'));
    expect(stream.isDone).toBe(true);
    expect(stream.error).toBeUndefined();
  });

  it('is not clean while one of several choices has no finish reason', async () => {
    const choice = (index: number, finish: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index, delta: { content: 'x' }, finish_reason: finish }] })}\n\n`;
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(choice(0, null) + choice(1, null) + choice(0, 'stop'));
    });
    expect((await readSse(await ask('custom', { n: 2 }))).error).toMatchObject({
      code: 'upstream_stream_interrupted',
    });
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(choice(0, null) + choice(1, null) + choice(0, 'stop') + choice(1, 'length'));
    });
    expect(await readSse(await ask('custom', { n: 2 }))).toMatchObject({ isDone: true, error: undefined });
  });

  it('takes a last [DONE] without its empty line for what it is', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('a')}data: [DONE]`);
    });
    expect(await readSse(await ask('custom'))).toMatchObject({
      isDone: true,
      error: undefined,
      content: 'a',
    });
  });

  it("passes the upstream's own error event on and adds no second one", async () => {
    sandbox.fail({ kind: 'error_event', after: 1 });
    const { text, isDone } = await readSse(await ask('sandbox'));
    expect(text.match(/"error":/g)).toHaveLength(1);
    expect(isDone).toBe(false);
    expect(gateway.log().at(-1)).toMatchObject({ error: 'upstream_error' });
  });
});

describe('the bytes of a stream on the connection', () => {
  // Events on both sides of the size up to which a chunk is framed in one buffer.
  const events = [200, 2047, 2048, 2049, 9000].map((size) =>
    chunkEvent('x'.repeat(size - chunkEvent('').length)),
  );
  const whole = `${events.join('')}${chunkEvent('', 'stop')}data: [DONE]\n\n`;
  const send = (version: string): Promise<string> => {
    upstream.handle(async ({ res }) => {
      beginStream(res);
      for (const event of events) {
        res.write(event);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const body = JSON.stringify({
      model: 'custom',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const head = `POST /v1/chat/completions HTTP/${version}\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    return sendRaw(Number(new URL(gateway.url).port), head + body);
  };

  it('are chunks of the very lengths that they say', async () => {
    const text = await send('1.1');
    let rest = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4));
    const chunks: string[] = [];
    for (;;) {
      const line = rest.subarray(0, rest.indexOf('\r\n')).toString();
      const [start, length] = [line.length + 2, Number.parseInt(line, 16)];
      expect(rest.subarray(start + length, start + length + 2).toString()).toBe('\r\n');
      chunks.push(rest.subarray(start, start + length).toString());
      rest = rest.subarray(start + length + 2);
      if (length === 0) break;
    }
    expect(rest).toHaveLength(0);
    expect(same(chunks.join(''))).toBe(same(whole));
  });

  it('are the events alone for a client of HTTP/1.0', async () => {
    const text = await send('1.0');
    expect(same(text.slice(text.indexOf('\r\n\r\n') + 4))).toBe(same(whole));
  });
});

describe('a failed start of a stream', () => {
  it('is a JSON error with a true status', async () => {
    sandbox.fail({ kind: 'status', status: 429, retry_after: 7 });
    const response = await ask('sandbox');
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toHaveProperty('error.code');
  });

  it('distinguishes a page of HTML from a stream', async () => {
    sandbox.fail('html');
    const response = await ask('sandbox');
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_invalid_response' } });
  });
});
