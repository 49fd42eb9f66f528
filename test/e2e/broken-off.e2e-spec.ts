import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { parseSse } from '../support/read-sse.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, chunkEvent, startUpstream } from '../support/start-upstream.js';

const WORDS = ['Grüße, ', '世界 ', '🎉 ', 'data: {"a"}\n\n', 'end'];
/** What the upstream would say, in one of the three ways to end a line. */
function streamText(lineEnd: string): string {
  const events = [...WORDS.map((word) => chunkEvent(word)), chunkEvent('', 'stop'), 'data: [DONE]\n\n'];
  return [': hello\n\n', ...events].join('').replaceAll('\n', lineEnd);
}

describe('a stream that breaks off', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startGateway({
      models: {
        openai: [
          { name: 'm', base_url: upstream.url, retry: { max_retries: 0 }, breaker: { enabled: false } },
        ],
      },
    });
  });
  afterAll(() => Promise.all([gateway.close(), upstream.close()]));

  /** Sends so many bytes in some pieces, then ends the connection, or only the body. */
  function send(bytes: Buffer, cuts: readonly number[], isClean: boolean): void {
    const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].toSorted(
      (a, b) => a - b,
    );
    upstream.handle(async ({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      let start = 0;
      for (const end of ends) {
        res.write(bytes.subarray(start, end));
        start = end;
        await turn();
      }
      if (isClean) res.end();
      else res.write('', () => res.destroy());
    });
  }

  it('anywhere, is passed on as it is: whole events, then an error or a true end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.nat(),
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.boolean(),
        async (lineEnd, place, cuts, isClean) => {
          const whole = Buffer.from(streamText(lineEnd));
          const bytes = whole.subarray(0, place % (whole.length + 1));
          send(bytes, cuts, isClean);
          const response = await gateway.chat({
            model: 'm',
            stream: true,
            messages: [{ role: 'user', content: 'x' }],
          });
          expect(response.status).toBe(200);
          // Each event must parse, and be one that the upstream sent.
          const stream = parseSse((await response.text()).replaceAll('\r\n', '\n').replaceAll('\r', '\n'));
          expect(WORDS.join('').startsWith(stream.content)).toBe(true);
          const isFinished = stream.chunks.some((chunk) =>
            JSON.stringify(chunk).includes('"finish_reason":"stop"'),
          );
          const isComplete = stream.isDone && stream.error === undefined;
          const isBroken = !stream.isDone && stream.error?.['code'] === 'upstream_stream_interrupted';
          expect([isComplete, isBroken].filter(Boolean)).toHaveLength(1);
          if (isComplete) expect([isFinished, stream.content]).toEqual([true, WORDS.join('')]);
          // A body that ends cleanly behind the finish reason is whole, `[DONE]` or not.
          if (isClean && isFinished) expect(isComplete).toBe(true);
          if (bytes.length === whole.length) expect(isComplete).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
