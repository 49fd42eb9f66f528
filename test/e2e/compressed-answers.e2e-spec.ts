import { gzipSync } from 'node:zlib';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, chunkEvent, completion, startUpstream } from '../support/start-upstream.js';

const MEGABYTE = 1024 * 1024;
const HI = [{ role: 'user', content: 'hi' }];

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    limits: { answer: '1mb', event: '1mb' },
    models: {
      openai: [{ name: 'm', base_url: upstream.url }],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

function answerZipped(type: string, body: string): void {
  upstream.handle(({ res }) => {
    res.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' });
    res.end(gzipSync(body));
  });
}

describe('a response that is small only while it is packed', () => {
  it('is refused once it is longer than limits.answer', async () => {
    answerZipped('application/json', JSON.stringify(completion('x'.repeat(40 * MEGABYTE))));
    const response = await gateway.chat({ model: 'm', messages: HI });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { code: 'upstream_invalid_response', message: `The response is longer than ${MEGABYTE} bytes.` },
    });
  });

  it('is refused once an event is longer than limits.event', async () => {
    answerZipped('text/event-stream', chunkEvent('x'.repeat(40 * MEGABYTE)));
    const response = await gateway.chat({ model: 'm', messages: HI, stream: true });
    expect(await response.text()).toContain(`An event is longer than ${MEGABYTE} bytes.`);
  });

  it('ends when its client leaves, though all its bytes have arrived', async () => {
    const event = chunkEvent('x'.repeat(10_000));
    answerZipped('text/event-stream', event.repeat(5_000));
    const leave = new AbortController();
    const response = await gateway.chat({ model: 'm', messages: HI, stream: true }, { signal: leave.signal });
    await response.body!.getReader().read();
    await until(() => gateway.running.count === 1, 'the call');
    leave.abort();
    await until(() => gateway.running.count === 0, 'the end of the call');
  });
});

describe('a response in a content encoding that the gateway cannot read', () => {
  const packed = (status: number, type: string): void =>
    upstream.handle(({ res }) => {
      res.writeHead(status, { 'content-type': type, 'content-encoding': 'compress' });
      res.end(Buffer.from('1f9d90', 'hex'));
    });

  it.each([
    ['application/json', false],
    ['text/event-stream', true],
  ])('is reported as unreadable (%s)', async (type, stream) => {
    packed(200, type);
    const response = await gateway.chat({ model: 'm', messages: HI, stream });
    expect(await response.text()).toContain(
      'compressed in a way that the gateway neither asked for nor can read',
    );
    await until(() => gateway.log().at(-1)?.['error'] === 'upstream_invalid_response', 'the line of the log');
  });

  it('still fails by its status', async () => {
    packed(422, 'application/json');
    expect((await gateway.chat({ model: 'm', messages: HI })).status).toBe(422);
    packed(503, 'application/json');
    const response = await gateway.chat({ model: 'm', messages: HI });
    expect(response.headers.get('x-upstream-status')).toBe('503');
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_error' } });
  });
});
