import Anthropic from '@anthropic-ai/sdk';
import { type TestGateway, SINGLE_ATTEMPTS, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'up',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};

beforeAll(async () => {
  upstream = await startUpstream(({ res, path }) => {
    if (path.endsWith('/count_tokens')) return sendJson(res, { input_tokens: 3 });
    return sendJson(res, path.endsWith('/messages') ? MESSAGE : completion('hello'));
  });
  const base_url = `${upstream.url}/v1`;
  const limit = { max_tokens: 77, max_tokens_field: 'max_completion_tokens' };
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'chat-limited', base_url, ...limit },
        { name: 'chat', base_url },
      ],
      anthropic: [
        { name: 'messages-limited', base_url, ...limit },
        { name: 'messages', base_url },
      ],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

function client(): Anthropic['messages'] {
  return new Anthropic({ baseURL: gateway.url, apiKey: TEST_KEY, maxRetries: 0 }).messages;
}
const messages = [{ role: 'user' as const, content: 'hi' }];
const sent = (): Record<string, unknown> =>
  JSON.parse(upstream.calls.at(-1)!.body.toString()) as Record<string, unknown>;

describe('a message without a limit of new tokens', () => {
  it.each([
    ['messages-limited', 'max_tokens'],
    ['chat-limited', 'max_completion_tokens'],
  ])('takes the limit of the model %s', async (model, field) => {
    for (const left of [{}, { max_tokens: null }]) {
      const reply = await client().create({ model, messages, ...left } as never);
      expect(reply).toMatchObject({ content: [{ text: 'hello' }] });
      expect(sent()).toMatchObject({ [field]: 77 });
    }
    await client().create({ model, messages, max_tokens: 5 });
    expect(Object.values(sent())).toContain(5);
    expect(Object.values(sent())).not.toContain(77);
  });

  it.each(['messages', 'chat'])('is refused if the model %s has none', async (model) => {
    const before = upstream.calls.length;
    await expect(client().create({ model, messages } as never)).rejects.toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error', details: { param: 'max_tokens' } } },
    });
    expect(upstream.calls.length).toBe(before);
  });

  it('is counted as it is', async () => {
    for (const model of ['messages', 'messages-limited'])
      expect(await client().countTokens({ model, messages })).toEqual({ input_tokens: 3 });
    expect(sent()).not.toHaveProperty('max_tokens');
  });
});
