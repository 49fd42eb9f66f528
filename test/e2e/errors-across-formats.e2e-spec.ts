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
      openai: [
        { name: 'chat', base_url },
        { name: 'responses', base_url, speaks: ['openai-responses'] },
      ],
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

  it('is distinguished from other refusals', async () => {
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

describe('an error in the midst of a stream', () => {
  const named = (event: object & { type: string }) =>
    `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
  const OF_CHAT = data({ id: 'c', choices: [{ index: 0, delta: { content: 'A' }, finish_reason: null }] });
  const OF_GEMINI_STREAM = data({ candidates: [{ content: { role: 'model', parts: [{ text: 'A' }] } }] });
  const RESPONSE = { id: 'resp_1', object: 'response', output: [] };
  const OF_RESPONSES = named({
    type: 'response.created',
    response: { ...RESPONSE, status: 'in_progress' },
  } as { type: string });
  const OF_MESSAGES_STREAM = named({
    type: 'message_start',
    message: { id: 'm', role: 'assistant', content: [], usage: { input_tokens: 1, output_tokens: 1 } },
  } as { type: string });
  const failed = (code: string) =>
    named({
      type: 'response.failed',
      response: { ...RESPONSE, status: 'failed', error: { code, message: 'words' } },
    } as { type: string });
  const reported = (type: string) =>
    named({ type: 'error', error: { type, message: 'words' } } as { type: string });
  const TOO_LONG = { message: "This model's maximum context length is 8192 tokens." };
  const OVER_QUOTA = { message: 'You exceeded your current quota', code: 'insufficient_quota' };

  const cases: [model: string, events: string, code: string, type: string][] = [
    ['chat', OF_CHAT + data({ error: TOO_LONG }), 'context_length_exceeded', 'invalid_request_error'],
    ['chat', OF_CHAT + data({ error: TOO_LONG.message }), 'context_length_exceeded', 'invalid_request_error'],
    ['chat', OF_CHAT + data({ error: OVER_QUOTA }), 'insufficient_quota', 'billing_error'],
    [
      'chat',
      OF_CHAT + data({ error: { code: 503, message: 'words' } }),
      'upstream_error',
      'overloaded_error',
    ],
    ['chat', OF_CHAT + data({ error: { message: 'words' } }), 'upstream_error', 'api_error'],
    [
      'messages',
      OF_MESSAGES_STREAM + reported('rate_limit_error'),
      'rate_limit_exceeded',
      'rate_limit_error',
    ],
    ['messages', OF_MESSAGES_STREAM + reported('overloaded_error'), 'upstream_error', 'overloaded_error'],
    ['responses', OF_RESPONSES + failed('rate_limit_exceeded'), 'rate_limit_exceeded', 'rate_limit_error'],
    [
      'responses',
      OF_RESPONSES + failed('context_length_exceeded'),
      'context_length_exceeded',
      'invalid_request_error',
    ],
    ['gemini', OF_GEMINI_STREAM + data(OF_GEMINI), 'context_length_exceeded', 'invalid_request_error'],
    [
      'gemini',
      OF_GEMINI_STREAM + data({ error: { code: 429, message: 'words', status: 'RESOURCE_EXHAUSTED' } }),
      'rate_limit_exceeded',
      'rate_limit_error',
    ],
  ];
  /** Formats whose errors pass as the service words them. */
  const OWN: Readonly<Record<string, string>> = {
    chat: '/v1/chat/completions',
    responses: '/v1/responses',
    messages: '/v1/messages',
  };
  const across = cases.flatMap(([model, ...rest]) =>
    Object.keys(REQUESTS)
      .filter((route) => OWN[model] !== route)
      .map((route) => [model, route, ...rest] as const),
  );

  it.each(across)('of %s keeps its meaning for %s (%#)', async (model, route, events, code, type) => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(events);
    });
    const said = (await (await ask(route, model, true)).text())
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as { type?: string; error?: Record<string, unknown> })
      .filter(({ error, type: kind }) => error !== undefined || kind === 'response.failed');
    if (route === '/v1/messages') {
      expect(said).toMatchObject([{ error: { type, details: { error_code: 'upstream_error' } } }]);
      const { message } = said[0]!.error!;
      expect(String(message).startsWith('prompt is too long')).toBe(code === 'context_length_exceeded');
    } else if (route === '/v1/responses')
      expect(said).toMatchObject([{ code, error: { code } }, { response: { error: { code } } }]);
    else expect(said).toMatchObject([{ error: { code } }]);
  });
});
