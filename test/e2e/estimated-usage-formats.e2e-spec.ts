import { chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import {
  COUNTED_KEY,
  DONE,
  QUESTION,
  EIGHT,
  service,
  gateway,
  post,
  lineOf,
  read,
  chat,
  ESTIMATED,
  streams,
  WORDS,
  cut,
  usageOf,
  openCountedService,
} from '../support/estimates-rig.js';

jest.setTimeout(180_000);
openCountedService();

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

  it('count a message that is cut off, with the input tokens that its service has reported', async () => {
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
  ])('give clients of %s an estimate if a chat is not counted', async (_name, ask, model, told) => {
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
