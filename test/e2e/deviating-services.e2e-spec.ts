import { type DeviatingStream, streamText } from '../fixtures/streams/deviating-stream.js';
import { DEVIATING_STREAMS } from '../fixtures/streams/deviating-streams.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, beginStream, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      request: [{ name: 'm', base_url: upstream.url, token: 'planted-token', upstream_mode: 'stream_only' }],
    },
  });
});
afterAll(() => Promise.all([gateway.close(), upstream.close()]));

const serve = (stream: DeviatingStream): void =>
  upstream.handle(({ res }) => {
    beginStream(res);
    res.end(streamText(stream));
  });
const ask = (extra: Record<string, unknown> = {}) =>
  gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...extra });

describe('a stream that is gathered for a client which wants JSON', () => {
  it.each(DEVIATING_STREAMS.filter(({ error }) => error === undefined))(
    'means what the service meant: $what ($source)',
    async (stream) => {
      serve(stream);
      const response = await ask();
      const completion = (await response.json()) as {
        choices: { message: unknown; finish_reason: unknown }[];
      };
      const { tool_calls: calls } = stream.message as { tool_calls?: unknown };
      expect(completion).toMatchObject({
        object: 'chat.completion',
        id: expect.stringMatching(/./) as unknown,
        ...stream.completion,
      });
      expect(completion.choices).toHaveLength(1);
      const [choice] = completion.choices;
      expect(choice!.message).toEqual({ role: 'assistant', ...stream.message });
      expect(choice!.finish_reason).toBe(
        stream.finishReason ?? (calls === undefined ? 'stop' : 'tool_calls'),
      );
      expect(response.status).toBe(200);
    },
  );

  it.each(DEVIATING_STREAMS.filter(({ error }) => error !== undefined))(
    'fails with an error: $what ($source)',
    async (stream) => {
      serve(stream);
      const response = await ask();
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ error: { code: stream.error } });
    },
  );
});
