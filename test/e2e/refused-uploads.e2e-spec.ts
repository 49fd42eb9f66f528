import { connect } from 'node:net';
import { leastOf } from '../support/least-of.js';
import { sendRaw } from '../support/send-raw.js';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

const FULL = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion()));
  gateway = await startGateway({
    models: { openai: [{ name: 'm', base_url: upstream.url }] },
    server: { body_limit: 2000 },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const raw = (bytes: string) => sendRaw(Number(new URL(gateway.url).port), bytes);

describe('an upload that is refused early', () => {
  it('is answered before the body was read, with 100-continue withheld', async () => {
    const answer = await raw(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).not.toContain('100 Continue');
  });

  it('sends 100 Continue to a client with a key', async () => {
    const body = JSON.stringify(FULL);
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${TEST_KEY}\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('is discarded for up to a second, then the connection closes; the response still arrives', async () => {
    let text = '';
    const ms = await leastOf(2500, async () => {
      text = '';
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.write(
        'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50000000\r\n\r\n',
      );
      const startedAt = performance.now();
      const feed = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 5);
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(feed);
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(text.toLowerCase()).toContain('connection: close');
      return performance.now() - startedAt;
    });
    expect(ms).toBeLessThan(2500);
    expect(text).toContain('invalid_api_key');
  });

  it('keeps the connection when the rest is small', async () => {
    const body = JSON.stringify(FULL);
    const request = (key: string) =>
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(request('wrong') + request(TEST_KEY));
    for (const endAt = Date.now() + 3000; !text.includes('200 OK') && Date.now() < endAt;)
      await new Promise((r) => setTimeout(r, 5));
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 401 [\s\S]*HTTP\/1\.1 200 OK/);
  });

  it.each([
    ['that waits for a go-ahead', 'content-length: 100\r\nexpect: 100-continue'],
    ['of unknown length', 'transfer-encoding: chunked'],
  ])('closes the connection after one %s', async (_which, header) => {
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it.each([
    ['as quickly as it can', 1024 * 1024, 0],
    ['a little at a time', 1024, 20],
  ])('is not read to its end when it comes %s', async (_how, size, pauseMs) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    let isClosed = false;
    socket.once('close', () => (isClosed = true));
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500000000\r\n\r\n',
    );
    const piece = Buffer.alloc(size);
    while (!isClosed && socket.bytesWritten < 400_000_000) {
      if (!socket.writableNeedDrain) socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    // What the system holds on its way is not counted.
    expect(socket.bytesWritten).toBeLessThan(100_000_000);
  });

  it('is logged with the status for its client if that leaves without sending the rest', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-request-id: leaves-early\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    const line = () => gateway.log().find(({ request_id: id }) => id === 'leaves-early');
    await until(() => line() !== undefined, 'the line of the log');
    expect(line()).toMatchObject({ status: 401, error: 'invalid_api_key' });
  });
});
