import { Agent, fetch } from 'undici';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, beginStream, chunkEvent, startUpstream } from '../support/start-upstream.js';

const STREAMS = 1000;
/** Of two streams that go to the same deployment, one. */
const isEarly = (index: number): boolean => index % 4 < 2;

jest.setTimeout(180_000);

describe('a deployment that is killed under a thousand streams', () => {
  let upstreams: TestUpstream[];
  let gateway: TestGateway;

  beforeEach(async () => {
    upstreams = await Promise.all([startUpstream(), startUpstream()]);
    gateway = await startGateway({
      models: {
        openai: [
          {
            name: 'm',
            // A machine that needs long to begin a thousand streams must not take the waiting ones for stalled.
            commit_wait_seconds: 60,
            deployments: upstreams.map(({ url }) => ({ base_url: url })),
          },
        ],
      },
    });
  });
  afterEach(async () => {
    await gateway.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });

  it('costs no client its response before the first chunk; streams that were cut say so', async () => {
    // Half of the streams have begun when it happens; the others wait for their first chunk.
    let released = false;
    for (const upstream of upstreams) {
      upstream.handle(({ res, body }) => {
        beginStream(res);
        const begins = body.toString().includes('early');
        const finish = (): void => void res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
        if (begins) res.write(chunkEvent('x'));
        const timer = setInterval(() => {
          if (!released) return;
          clearInterval(timer);
          if (!begins) res.write(chunkEvent('x'));
          finish();
        }, 20);
        res.on('close', () => clearInterval(timer));
      });
    }
    const dispatcher = new Agent({ connections: STREAMS });
    const begun = new Set<number>();
    const read = async (index: number): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'm',
          stream: true,
          messages: [{ role: 'user', content: isEarly(index) ? 'early' : 'late' }],
        }),
        dispatcher,
      });
      if (isEarly(index)) begun.add(index);
      return { status: response.status, text: await response.text() };
    };
    const answers = Array.from({ length: STREAMS }, (_, index) => read(index));
    const callCount = (): number => upstreams[0]!.calls.length + upstreams[1]!.calls.length;
    await until(() => callCount() === STREAMS && begun.size === STREAMS / 2, 'all streams', 30_000);
    const [killed] = upstreams;
    expect(killed!.calls.length).toBe(STREAMS / 2);
    await killed!.close();
    await until(() => upstreams[1]!.calls.length >= STREAMS / 2 + STREAMS / 5, 'the move', 30_000);
    released = true;
    const seen = await Promise.all(answers);
    await dispatcher.close();
    const count = (isSuch: (answer: { status: number; text: string }) => boolean): number =>
      seen.filter(isSuch).length;
    expect(count(({ status }) => status === 200)).toBe(STREAMS);
    const whole = count(({ text }) => text.includes('"x"') && text.endsWith('data: [DONE]\n\n'));
    const cut = count(
      ({ text }) =>
        text.includes('"x"') && text.includes('upstream_stream_interrupted') && !text.includes('[DONE]'),
    );
    // Calls do not arrive exactly in the order in which they were made.
    expect(whole + cut).toBe(STREAMS);
    expect(Math.abs(cut - STREAMS / 4)).toBeLessThan(STREAMS / 20);
  });
});
