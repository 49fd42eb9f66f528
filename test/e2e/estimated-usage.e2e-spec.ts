import { type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

jest.setTimeout(180_000);

const COUNTED_KEY = 'sk-test-counted-key-0002';
const DONE = 'data: [DONE]\n\n';
const QUESTION = [{ role: 'user' as const, content: 'Hello there' }];
/** By the tokenizer: "Hello there", a turn, and the beginning of the reply. */
const QUESTION_TOKENS = 9;
const EIGHT = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven ', 'eight'];

let service: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  service = await startUpstream();
  const base_url = `${service.url}/v1`;
  const retry = { max_retries: 0 };
  gateway = await startGateway({
    auth: {
      api_keys: [{ name: 'counted', key: COUNTED_KEY, limits: { tokens_per_minute: 9_000_000 } }],
    },
    breaker: { enabled: false },
    models: {
      openai: [
        { name: 'm', base_url, retry },
        { name: 'finishing', base_url, retry, on_client_disconnect: 'finish' },
        { name: 'responses', base_url, retry, speaks: ['openai-responses'] },
      ],
      anthropic: [{ name: 'claude', base_url, retry }],
      gemini: [{ name: 'gemini', base_url, retry }],
      request: [
        { name: 'mapped', base_url, retry, token: 'x', stream: { text: 'data.t' }, response: { text: 't' } },
      ],
    },
  });
});

afterAll(async () => {
  await gateway.close();
  await service.close();
});

const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${COUNTED_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });

/** Makes a call. @returns its line in the log */
async function lineOf(call: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const lines = (): Record<string, unknown>[] => gateway.log().filter(({ message }) => message === 'request');
  const before = lines().length;
  await call();
  await until(() => lines().length > before);
  return lines().at(-1)!;
}

const read = async (response: Promise<Response>): Promise<string> =>
  (await response).text().catch(() => 'cut off');

const chat = (extra: object = {}, model = 'm'): Promise<string> =>
  read(post('/v1/chat/completions', { model, messages: QUESTION, stream: true, ...extra }));

/** What nobody counts: its tokens, by the gateway. */
const ESTIMATED = { prompt_tokens: QUESTION_TOKENS, completion_tokens: 8, usage_estimated: true };

const streams =
  (events: string, end: (call: UpstreamCall) => void = ({ res }) => void res.end()) =>
  (call: UpstreamCall): void => {
    beginStream(call.res);
    call.res.write(events, () => end(call));
  };

const WORDS = EIGHT.map((word) => chunkEvent(word)).join('');
const cut = ({ res }: UpstreamCall): void => void res.destroy();

describe('a stream that its service does not count', () => {
  const usage = (prompt_tokens: number, completion_tokens: number): string =>
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens, total_tokens: 0 } })}\n\n`;

  it.each([
    ['says nothing', ''],
    ['says zeros', usage(0, 0)],
    ['says that it does not know', usage(-1, -1)],
    ['says an empty usage', 'data: {"choices":[],"usage":{}}\n\n'],
  ])('is counted by the gateway where the service %s', async (_what, said) => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + said + DONE));
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it.each([
    ['input', usage(0, 8)],
    ['output', usage(QUESTION_TOKENS, 0)],
  ])('has its %s counted where that alone is zero', async (_what, said) => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + said + DONE));
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it('counts reasoning and the calls of tools, and what is said in two fields once', async () => {
    const delta = (said: object): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: said }] })}\n\n`;
    const reasoning = 'one two three four';
    const call = { index: 0, id: 'c', function: { name: 'five', arguments: ' six seven eight' } };
    service.handle(
      streams(
        delta({ reasoning, reasoning_content: reasoning, reasoning_details: [{ text: reasoning }] }) +
          delta({ tool_calls: [call] }) +
          chunkEvent('', 'tool_calls') +
          DONE,
      ),
    );
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it('counts a long reply by its beginning and its length', async () => {
    service.handle(streams(WORDS.repeat(500) + chunkEvent('', 'stop') + DONE));
    const { completion_tokens: tokens } = await lineOf(() => chat());
    // The last word of eight and the first of the next are one.
    expect(tokens).toBeGreaterThan(3_000);
    expect(tokens).toBeLessThan(4_600);
  });
});

describe('a stream that is cut off', () => {
  it('costs the request and what was delivered', async () => {
    service.handle(streams(WORDS, cut));
    expect(await lineOf(() => chat())).toMatchObject({ ...ESTIMATED, error: 'upstream_stream_interrupted' });
  });

  it('has the words of an error not counted', async () => {
    const error = {
      error: { message: 'a very long story of what went wrong, in many words', type: 'server_error' },
    };
    service.handle(streams(`${WORDS}data: ${JSON.stringify(error)}\n\n`));
    expect(await lineOf(() => chat())).toMatchObject({ ...ESTIMATED, error: 'upstream_error' });
  });

  it('costs nothing before any word', async () => {
    const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n';
    for (const events of [
      role,
      `${role}data: {"error":{"message":"no"}}\n\n`,
      'data: {"error":{"message":"no"}}\n\n',
    ]) {
      service.handle(streams(events, cut));
      const line = await lineOf(() => chat());
      expect(line).not.toHaveProperty('prompt_tokens');
      expect(line).toHaveProperty('error');
    }
    service.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 500));
    expect(await lineOf(() => chat())).not.toHaveProperty('prompt_tokens');
  });

  it('costs what the service had counted, where it counts from the first chunk on', async () => {
    const counted = (word: string, tokens: number): string =>
      chunkEvent(word).replace(/\}\n/, `,"usage":{"prompt_tokens":77,"completion_tokens":${tokens}}}\n`);
    service.handle(streams(EIGHT.map((word, index) => counted(word, 10 + index)).join(''), cut));
    expect(await lineOf(() => chat())).toMatchObject({ prompt_tokens: 77, completion_tokens: 17 });
  });

  it('is whole where all of it came, usage included', async () => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + usageOf(33, 44), cut));
    const line = await lineOf(() => chat());
    expect(line).toMatchObject({ prompt_tokens: 33, completion_tokens: 44 });
    expect(line).not.toHaveProperty('usage_estimated');
  });
});

const usageOf = (prompt_tokens: number, completion_tokens: number): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens } })}\n\n`;

describe('a client that leaves', () => {
  const leave = (model: string): Promise<Record<string, unknown>> =>
    lineOf(async () => {
      const left = new AbortController();
      const body = { model, messages: QUESTION, stream: true };
      const response = await post('/v1/chat/completions', body, left.signal);
      const reader = response.body!.getReader();
      let text = '';
      while (!text.includes('eight')) text += Buffer.from((await reader.read()).value!).toString();
      left.abort();
    });

  it('has used the request and what was delivered', async () => {
    service.handle(streams(WORDS, () => undefined));
    expect(await leave('m')).toMatchObject({ ...ESTIMATED, status: 499 });
  });

  it('has used all of it, where the call finishes', async () => {
    service.handle(
      streams(WORDS, ({ res }) => {
        setTimeout(() => res.end(WORDS + chunkEvent('', 'stop') + usageOf(33, 44) + DONE), 50);
      }),
    );
    expect(await leave('finishing')).toMatchObject({ prompt_tokens: 33, completion_tokens: 44, status: 499 });
  });

  it('has used nothing before a word came', async () => {
    service.handle(({ res }) => beginStream(res));
    const line = await lineOf(async () => {
      const left = new AbortController();
      const call = post(
        '/v1/chat/completions',
        { model: 'm', messages: QUESTION, stream: true },
        left.signal,
      );
      setTimeout(() => left.abort(), 100);
      await call.then((response) => response.text()).catch(() => undefined);
    });
    expect(line).toMatchObject({ status: 499 });
    expect(line).not.toHaveProperty('prompt_tokens');
  });
});

describe('other formats', () => {
  const TEXT = EIGHT.join('');
  const named = (...events: object[]): string =>
    events
      .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join('');
  const start = (usage: object): object => ({
    type: 'message_start',
    message: { id: 'm', type: 'message', role: 'assistant', model: 'x', content: [], usage },
  });
  const block = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...EIGHT.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  ];
  const messages = (model: string, extra: object = {}): Promise<string> =>
    read(post('/v1/messages', { model, messages: QUESTION, stream: true, max_tokens: 99, ...extra }));
  const responses = (model: string, extra: object = {}): Promise<string> =>
    read(post('/v1/responses', { model, input: 'Hello there', stream: true, ...extra }));

  it('count a message that is cut off by what its service has said of the input', async () => {
    const usage = { input_tokens: 30, output_tokens: 1, cache_read_input_tokens: 500 };
    service.handle(streams(named(start(usage), ...block), cut));
    expect(await lineOf(() => messages('claude'))).toMatchObject({
      prompt_tokens: 530,
      cached_tokens: 500,
      completion_tokens: 8,
      usage_estimated: true,
    });
  });

  it('count a response that is cut off', async () => {
    const deltas = EIGHT.map((delta) => ({ type: 'response.output_text.delta', delta, item_id: 'i' }));
    const created = { type: 'response.created', response: { id: 'r', output: [] } };
    service.handle(streams(named(created, ...deltas), cut));
    expect(await lineOf(() => responses('responses'))).toMatchObject(ESTIMATED);
  });

  it.each([
    ['Messages', messages, 'm', /"output_tokens":10,/],
    ['Responses', responses, 'm', /"output_tokens":10,/],
  ])('tell clients of %s an estimate where a chat is not counted', async (_name, ask, model, told) => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + usageOf(0, 0) + DONE));
    let text = '';
    const line = await lineOf(async () => (text = await ask(model)));
    expect(text).toMatch(told);
    expect(text).toMatch(/"usage":\{"input_tokens":10,/);
    expect(line).toMatchObject({ usage_estimated: true, upstream_dialect: 'openai-chat' });
    expect(line['prompt_tokens']).toBeGreaterThan(0);
  });

  it.each([
    ['Messages', messages],
    ['Responses', responses],
  ])('count a chat for clients of %s that is cut off', async (_name, ask) => {
    service.handle(streams(WORDS, cut));
    expect(await lineOf(() => ask('m'))).toMatchObject({
      ...ESTIMATED,
      error: 'upstream_stream_interrupted',
    });
  });

  it('count for chats what Messages and Gemini do not', async () => {
    service.handle(
      streams(
        named(start({ input_tokens: 0, output_tokens: 0 }), ...block, {
          type: 'content_block_stop',
          index: 0,
        }) +
          named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 0 } }) +
          named({ type: 'message_stop' }),
      ),
    );
    expect(await lineOf(() => chat({}, 'claude'))).toMatchObject(ESTIMATED);
    const candidate = { content: { parts: [{ text: TEXT }] }, finishReason: 'STOP' };
    service.handle(streams(`data: ${JSON.stringify({ candidates: [candidate] })}\n\n`));
    expect(await lineOf(() => chat({}, 'gemini'))).toMatchObject(ESTIMATED);
  });

  it('count mapped streams, though their clients do not ask', async () => {
    service.handle(streams(EIGHT.map((t) => `data: ${JSON.stringify({ t })}\n\n`).join('') + DONE));
    expect(await lineOf(() => chat({}, 'mapped'))).toMatchObject(ESTIMATED);
  });

  it('count whole replies', async () => {
    const { usage: _usage, ...uncounted } = completion(TEXT);
    for (const reply of [uncounted, { ...uncounted, usage: { prompt_tokens: 0, completion_tokens: 0 } }]) {
      service.handle(({ res }) => sendJson(res, reply));
      expect(await lineOf(() => chat({ stream: false }))).toMatchObject(ESTIMATED);
    }
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'x', stop_reason: 'end_turn' };
    service.handle(({ res }) => sendJson(res, { ...message, content: [{ type: 'text', text: TEXT }] }));
    expect(await lineOf(() => messages('claude', { stream: false }))).toMatchObject(ESTIMATED);
    const item = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: TEXT }] };
    const response = { id: 'r', object: 'response', status: 'completed', output: [item], usage: null };
    service.handle(({ res }) => sendJson(res, response));
    expect(await lineOf(() => responses('responses', { stream: false }))).toMatchObject(ESTIMATED);
  });
});

describe('other operations', () => {
  it.each([
    ['a text', { input: 'Hello there' }, 2],
    [
      'tokens',
      {
        input: [
          [1, 2, 3],
          [4, 5],
        ],
      },
      5,
    ],
  ])('count %s of which embeddings are made', async (_what, body, tokens) => {
    service.handle(({ res }) => sendJson(res, { object: 'list', data: [{ index: 0, embedding: [1] }] }));
    const line = await lineOf(() => read(post('/v1/embeddings', { model: 'm', ...body })));
    expect(line).toMatchObject({
      operation: 'embeddings',
      dialect: 'openai-embeddings',
      prompt_tokens: tokens,
      completion_tokens: 0,
      usage_estimated: true,
    });
  });

  it('count images, searches and seconds as such, without tokens', async () => {
    service.handle(({ res }) => sendJson(res, { created: 1, data: [{ url: 'a' }, { url: 'b' }] }));
    const images = await lineOf(() =>
      read(post('/v1/images/generations', { model: 'm', prompt: 'x', n: 2 })),
    );
    expect(images).toMatchObject({ operation: 'image_generation', images: 2 });
    expect(images).not.toHaveProperty('prompt_tokens');
    service.handle(({ res }) => sendJson(res, { results: [], meta: { billed_units: { search_units: 1 } } }));
    const rerank = { model: 'm', query: 'x', documents: ['y'] };
    expect(await lineOf(() => read(post('/v1/rerank', rerank)))).toMatchObject({ searches: 1 });
    service.handle(({ res }) => sendJson(res, { text: 'x', usage: { type: 'duration', seconds: 12 } }));
    const form = new FormData();
    form.append('model', 'm');
    form.append('file', new Blob(['x']), 'x.mp3');
    const transcribe = (): Promise<Response> =>
      fetch(`${gateway.url}/v1/audio/transcriptions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${COUNTED_KEY}` },
        body: form,
      });
    expect(await lineOf(transcribe)).toMatchObject({ operation: 'transcription', audio_seconds: 12 });
  });

  it('count a large request by its size, in which a picture is no text', async () => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + DONE));
    const text = 'Hello there, how are you today? '.repeat(10_000);
    const url = `data:image/png;base64,${'iVBORw0KGgo'.repeat(30_000)}`;
    const content = [
      { type: 'text', text },
      { type: 'image_url', image_url: { url } },
    ];
    const line = await lineOf(() => chat({ messages: [{ role: 'user', content }] }));
    expect(line).toMatchObject({ usage_estimated: true, completion_tokens: 8 });
    expect(line['prompt_tokens']).toBeGreaterThan(80_000);
    expect(line['prompt_tokens']).toBeLessThan(100_000);
  });
});
