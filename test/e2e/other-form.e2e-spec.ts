import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type TestGateway, TEST_KEY } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';
import { startEveryFormat } from '../support/every-format.js';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startEveryFormat(upstream);
});
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

const CITATION = {
  type: 'web_search_result_location',
  url: 'https://example.org',
  title: 'Example',
  cited_text: 'It rains.',
  encrypted_index: 'abc',
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-up',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 'sig' },
    { type: 'redacted_thinking', data: 'secret' },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'rain' } },
    {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', url: 'https://example.org', encrypted_content: 'e' }],
    },
    { type: 'text', text: 'Rain.', citations: [CITATION] },
    { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1] }, caller: { type: 'direct' } },
    { type: 'still_to_come', words: 'x' },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  container: { id: 'container_1', expires_at: '2030-01-01T00:00:00Z' },
  usage: { input_tokens: 9, output_tokens: 4, server_tool_use: { web_search_requests: 1 } },
};

/** The message as its service streams it. */
const MESSAGE_EVENTS = [
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null, container: null } },
  { type: 'ping' },
  ...MESSAGE.content.flatMap((block, index) => {
    const begin = (content_block: object) => ({ type: 'content_block_start', index, content_block });
    const more = (delta: object) => ({ type: 'content_block_delta', index, delta });
    const stop = { type: 'content_block_stop', index };
    const { type, text, input, citations } = block as Record<string, unknown>;
    if (type === 'text')
      return [
        begin({ type, text: '', citations: [] }),
        ...(citations as object[]).map((citation) => more({ type: 'citations_delta', citation })),
        more({ type: 'text_delta', text }),
        stop,
      ];
    if (input === undefined) return [begin(block), stop];
    return [
      begin({ ...block, input: {} }),
      ...JSON.stringify(input)
        .split(/(?=:)/)
        .map((partial_json) => more({ type: 'input_json_delta', partial_json })),
      stop,
    ];
  }),
  {
    type: 'message_delta',
    delta: { stop_reason: MESSAGE.stop_reason, stop_sequence: null, container: MESSAGE.container },
    usage: MESSAGE.usage,
  },
  { type: 'message_stop' },
];

function streams(events: readonly object[], end = ''): void {
  upstream.handle(({ res }) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events)
      res.write(`event: ${(event as { type?: string }).type ?? 'x'}\ndata: ${JSON.stringify(event)}\n\n`);
    res.end(end);
  });
}

describe('a message in the form that was not asked for', () => {
  const ask = { model: 'messages', max_tokens: 99, messages: [{ role: 'user' as const, content: 'hi' }] };
  const client = () => new Anthropic({ baseURL: gateway.url, apiKey: TEST_KEY, maxRetries: 0 });

  it('is whole if JSON was requested and a stream came', async () => {
    streams(MESSAGE_EVENTS);
    expect(await client().messages.create(ask)).toEqual(MESSAGE);
  });

  it('is whole if a stream was requested and JSON came', async () => {
    upstream.handle(({ res }) => sendJson(res, MESSAGE));
    expect(await client().messages.stream(ask).finalMessage()).toEqual({ ...MESSAGE, parsed_output: null });
    const seen: unknown[] = [];
    const stream = client().messages.stream(ask);
    stream.on('citation', (citation) => seen.push(citation));
    await stream.done();
    expect(seen).toEqual([CITATION]);
  });

  it('is whole if it came as requested', async () => {
    streams(MESSAGE_EVENTS);
    expect(await client().messages.stream(ask).finalMessage()).toEqual({ ...MESSAGE, parsed_output: null });
  });
});

describe('a reply of OpenAI in the form that was not asked for', () => {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
  const annotation = { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 2 };
  const RESPONSE = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'up',
    status: 'completed',
    output: [
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
      { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'aGk=' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'ok', annotations: [annotation], logprobs: [] }],
      },
      { type: 'still_to_come', id: 'x', words: 'y' },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };
  const { type: _type, ...url_citation } = annotation;
  const COMPLETION = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'up',
    choices: ['stop', 'length'].map((finish_reason, index) => ({
      index,
      message: {
        role: 'assistant',
        content: 'ok',
        refusal: null,
        annotations: [{ type: 'url_citation', url_citation }],
        audio: { id: 'a', data: 'aGk=', expires_at: 2, transcript: 'ok' },
        still_to_come: { a: 1 },
      },
      logprobs: { content: [{ token: 'ok', logprob: -1, bytes: null, top_logprobs: [] }], refusal: null },
      finish_reason,
    })),
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };

  it('is whole: a response', async () => {
    const ask = { model: 'responses', input: 'hi' };
    upstream.handle(({ res }) => sendJson(res, RESPONSE));
    const stream = client().responses.stream(ask);
    expect(await stream.finalResponse()).toMatchObject({ ...RESPONSE, output: expect.any(Array) as unknown });
    streams([
      { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [] } },
      { type: 'response.completed', response: RESPONSE },
    ]);
    expect(await client().responses.create(ask)).toMatchObject(RESPONSE);
  });

  it('is whole: a completion with two choices', async () => {
    const ask = { model: 'chat', n: 2, messages: [{ role: 'user' as const, content: 'hi' }] };
    const { choices, usage, ...head } = COMPLETION;
    streams(
      [
        ...choices.flatMap(({ index, message, logprobs, finish_reason }) => [
          { ...head, object: 'chat.completion.chunk', choices: [{ index, delta: message, logprobs }] },
          { ...head, object: 'chat.completion.chunk', choices: [{ index, delta: {}, finish_reason }] },
        ]),
        { ...head, object: 'chat.completion.chunk', choices: [], usage },
      ],
      'data: [DONE]\n\n',
    );
    expect(await client().chat.completions.create(ask)).toEqual(COMPLETION);
    upstream.handle(({ res }) => sendJson(res, COMPLETION));
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await client().chat.completions.create({ ...ask, stream: true }))
      chunks.push(chunk);
    const [first] = chunks;
    expect(first!.choices[0]!.delta).toEqual(choices[0]!.message);
    expect(first!.choices[0]!.logprobs).toEqual(choices[0]!.logprobs);
    expect(chunks.flatMap((chunk) => chunk.choices.map(({ finish_reason }) => finish_reason))).toEqual([
      null,
      'stop',
      null,
      'length',
    ]);
  });
});
