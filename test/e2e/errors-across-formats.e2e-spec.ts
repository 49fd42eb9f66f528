import { SINGLE_ATTEMPTS, type TestGateway, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  const base_url = upstream.url;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [{ name: 'chat', base_url }],
      anthropic: [{ name: 'messages', base_url }],
      gemini: [{ name: 'gemini', base_url, api_key: 'key-of-gemini' }],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

const MESSAGES = [{ role: 'user', content: 'hi' }];
const REQUESTS: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { messages: MESSAGES },
  '/v1/responses': { input: 'hi' },
  '/v1/messages': { messages: MESSAGES, max_tokens: 5 },
};

function ask(route: string, model: string, stream = false): Promise<Response> {
  return fetch(gateway.url + route, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, ...REQUESTS[route] }),
  });
}

const OF_MESSAGES = {
  type: 'error',
  error: { type: 'invalid_request_error', message: 'prompt is too long: 208310 tokens > 200000 maximum' },
};
const OF_GEMINI = {
  error: {
    code: 400,
    message: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)',
    status: 'INVALID_ARGUMENT',
  },
};

describe('a prompt that is too long', () => {
  const services: [string, string, object][] = [
    ['messages', 'Anthropic', OF_MESSAGES],
    ['gemini', 'Gemini', OF_GEMINI],
    ['gemini', 'Gemini, in a list', [OF_GEMINI]],
  ];
  it.each(
    services.flatMap(([model, says, body]) =>
      ['/v1/chat/completions', '/v1/responses'].flatMap((route) =>
        [false, true].map((stream) => [says, route, stream, model, body] as const),
      ),
    ),
  )('of %s has the code of OpenAI: %s, stream %s', async (_says, route, stream, model, body) => {
    upstream.handle(({ res }) => sendJson(res, body, 400));
    const response = await ask(route, model, stream);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        message: expect.stringMatching(/too long|token count/) as string,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
    });
  });

  it('of a service in the format of OpenAI keeps the code that it has', async () => {
    const message = "This model's maximum context length is 8192 tokens.";
    const error = { object: 'error', message, type: 'BadRequestError', param: null, code: 400 };
    upstream.handle(({ res }) => sendJson(res, { error }, 400));
    expect(await (await ask('/v1/chat/completions', 'chat')).json()).toEqual({ error });
    const asMessages = await ask('/v1/messages', 'chat');
    expect(await asMessages.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: `prompt is too long: ${message}` },
    });
  });

  it('is told from other refusals', async () => {
    const error = { type: 'invalid_request_error', message: 'messages: roles must alternate' };
    upstream.handle(({ res }) => sendJson(res, { type: 'error', error }, 400));
    expect(await (await ask('/v1/chat/completions', 'messages')).json()).toEqual({
      error: { ...error, param: null, code: null },
    });
  });
});

describe('the wait that a service asks for in the details of its error', () => {
  const quota = (retryDelay: unknown): object => ({
    error: {
      code: 429,
      message: 'You exceeded your current rate limit',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.Help' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    },
  });

  it.each(['/v1/chat/completions', '/v1/responses', '/v1/messages'])(
    'is the Retry-After of %s',
    async (route) => {
      for (const [body, seconds] of [
        [quota('17s'), '17'],
        [[quota('16.2s')], '17'],
      ] as const) {
        upstream.handle(({ res }) => sendJson(res, body, 429));
        const response = await ask(route, 'gemini');
        expect([response.status, response.headers.get('retry-after')]).toEqual([429, seconds]);
      }
    },
  );

  it('does not replace the header of the service, and must be one', async () => {
    upstream.handle(({ res }) => {
      res.setHeader('retry-after', '3');
      sendJson(res, quota('17s'), 429);
    });
    expect((await ask('/v1/chat/completions', 'gemini')).headers.get('retry-after')).toBe('3');
    for (const delay of ['soon', '17', '-1s', 17, null, '1e9s']) {
      upstream.handle(({ res }) => sendJson(res, quota(delay), 429));
      const response = await ask('/v1/chat/completions', 'gemini');
      expect([delay, response.status, response.headers.get('retry-after')]).toEqual([delay, 429, null]);
    }
  });
});
