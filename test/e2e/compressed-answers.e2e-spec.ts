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

describe('an answer that is small only while it is packed', () => {
  it('is refused once it is longer than limits.answer', async () => {
    answerZipped('application/json', JSON.stringify(completion('x'.repeat(40 * MEGABYTE))));
    const response = await gateway.chat({ model: 'm', messages: HI });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { code: 'upstream_invalid_response', message: `The answer is longer than ${MEGABYTE} bytes.` },
    });
  });

  it('is refused once an event is longer than limits.event', async () => {
    answerZipped('text/event-stream', chunkEvent('x'.repeat(40 * MEGABYTE)));
    const response = await gateway.chat({ model: 'm', messages: HI, stream: true });
    expect(await response.text()).toContain(`An event is longer than ${MEGABYTE} bytes.`);
  });

  it('ends with its caller, though all its bytes are here', async () => {
    const event = chunkEvent('x'.repeat(10_000));
    answerZipped('text/event-stream', event.repeat(5_000));
    const leave = new AbortController();
    const response = await gateway.chat({ model: 'm', messages: HI, stream: true }, { signal: leave.signal });
    await response.body!.getReader().read();
    await until(() => gateway.drain.runningCount === 1, 'the call');
    leave.abort();
    await until(() => gateway.drain.runningCount === 0, 'the end of the call');
  });
});
