import { SERVICE_FORMATS, SpokenServices } from '../support/dialects/services.js';
import { PROMPT_TOKENS, REPLY_TOKENS } from '../support/dialects/spoken.js';
import { type Heard, type Said, type Wishes } from '../support/dialects/talk.js';
import { TALKS } from '../support/dialects/talks.js';
import { type TestGateway, SINGLE_ATTEMPTS, TEST_KEY, startGateway } from '../support/start-gateway.js';

let services: SpokenServices;
let gateway: TestGateway;

/** In base64, as signatures are. */
const SIGNATURES = ['c2lnbmF0dXJlLW9uZQ==', 'c2lnbmF0dXJlLXR3bw=='] as const;
const IMAGE = 'iVBORw0KGgo=';
const OSLO = { id: 'call_1', name: 'get_weather', input: { city: 'Oslo' } };
const ROME = { id: 'call_2', name: 'get_time', input: { city: 'Rome' } };

beforeAll(async () => {
  services = await SpokenServices.start();
  const base_url = `${services.upstream.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'openai-chat', base_url, speaks: ['openai-chat'] },
        { name: 'openai-responses', base_url, speaks: ['openai-responses'] },
      ],
      anthropic: [{ name: 'anthropic-messages', base_url, model_name: 'claude-sonnet-4-5' }],
      gemini: [{ name: 'gemini', base_url }],
      request: [
        {
          name: 'mapped',
          base_url,
          token: 'token-of-the-service',
          stream: {
            format: 'sse',
            text: 'data.choices[0].delta.content',
            tool_calls: 'data.choices[0].delta.tool_calls',
            finish_reason: 'data.choices[0].finish_reason',
          },
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await services?.close();
});

const cases = Object.keys(TALKS).flatMap((client) =>
  Object.keys(SERVICE_FORMATS).flatMap((model) => [false, true].map((stream) => ({ client, model, stream }))),
);

describe.each(cases)(
  '$client to a service that speaks $model, stream: $stream',
  ({ client, model, stream }) => {
    const isSame = client === model;
    const talk = (wishes: Omit<Wishes, 'model' | 'stream'> = {}) =>
      new TALKS[client]!(gateway.url, { model, stream, ...wishes });
    const ask = (said: Said, wishes?: Omit<Wishes, 'model' | 'stream'>): Promise<Heard> =>
      talk(wishes).say(said);

    it('keeps several turns in their order, under the system prompt', async () => {
      services.write({ text: 'One.' }, { text: 'Two.' }, { text: 'Three.' });
      const conversation = talk({ system: 'Be brief.' });
      for (const text of ['first', 'second', 'third']) await conversation.say({ text });
      expect(services.historyOf(model).turns).toEqual([
        'system: Be brief.',
        'user: first',
        'assistant: One.',
        'user: second',
        'assistant: Two.',
        'user: third',
      ]);
    });

    it('counts what the service counted', async () => {
      services.write({ text: 'Yes.' });
      const { text, tokens } = await ask({ text: 'hi' });
      expect(text).toBe('Yes.');
      expect(tokens).toEqual([PROMPT_TOKENS, REPLY_TOKENS]);
    });

    it('carries thoughts with their signatures through several turns with tools', async () => {
      services.write(
        { thought: { text: 'I think so.', signature: SIGNATURES[0] }, text: 'Looking.', calls: [OSLO, ROME] },
        { thought: { text: 'Once more.', signature: SIGNATURES[1] }, calls: [{ ...OSLO, id: 'call_3' }] },
        { text: 'Done.' },
      );
      const conversation = talk({ hasThoughts: true, tools: ['get_weather', 'get_time'] });
      const first = await conversation.say({ text: 'weather?' });
      expect(first).toMatchObject({ text: 'Looking.' });
      if (!isSame || client !== 'openai-chat') expect(first.thought).toBe('I think so.');
      expect(first.calls).toEqual([OSLO, ROME].map(({ name, input }) => ({ name, input })));
      const second = await conversation.say({ results: [{ text: 'sunny' }, { text: 'noon' }] });
      expect(second.calls).toEqual([{ name: 'get_weather', input: OSLO.input }]);
      expect((await conversation.say({ results: [{ text: 'rain' }] })).text).toBe('Done.');
      const { turns, signatures } = services.historyOf(model);
      expect(turns).toEqual([
        'user: weather?',
        'assistant: Looking.',
        'call get_weather {"city":"Oslo"}',
        'call get_time {"city":"Rome"}',
        'result sunny',
        'result noon',
        'call get_weather {"city":"Oslo"}',
        'result rain',
      ]);
      expect(signatures).toEqual(SIGNATURES);
    });

    it('carries failed results, and results with images', async () => {
      services.write({ calls: [OSLO, ROME] }, { text: 'Done.' });
      const conversation = talk({ tools: ['get_weather', 'get_time'] });
      await conversation.say({ text: 'weather?' });
      const isMessages = client === 'anthropic-messages';
      await conversation.say({
        results: [
          { text: 'no such city', isError: isMessages },
          { text: 'a clock', ...(client !== 'openai-chat' && { image: IMAGE }) },
        ],
      });
      const { turns } = services.historyOf(model);
      const body = JSON.stringify(services.bodies.at(-1));
      const failed = isMessages && !isSame ? 'result Error: no such city' : 'result no such city';
      if (model === 'anthropic-messages') {
        expect(turns).toContain('result no such city');
        expect(body.includes('"is_error":true')).toBe(isMessages);
      } else expect(turns).toContain(failed);
      expect(turns).toContain('result a clock');
      if (client !== 'openai-chat') expect(body).toContain(IMAGE);
    });

    it('reports that the model refused', async () => {
      services.write({ text: 'I will not.', end: 'refusal' });
      const { text, refusal, end } = await ask({ text: 'bad' });
      // Some formats have words for it, others an end.
      const isSaid = model.startsWith('openai');
      if (client === 'anthropic-messages') expect([end, text]).toEqual(['refusal', 'I will not.']);
      else if (isSaid) expect([refusal, text]).toEqual(['I will not.', '']);
      else {
        expect(text).toBe('I will not.');
        expect(end).toBe('content_filter');
      }
    });

    it('reports that the token limit was reached', async () => {
      services.write({ text: 'Half of', end: 'length' });
      const { text, end } = await ask({ text: 'all' }, { maxTokens: 20 });
      expect(text).toBe('Half of');
      expect(end).toBe(
        { 'openai-chat': 'length', 'openai-responses': 'max_output_tokens' }[client] ?? 'max_tokens',
      );
    });

    it('carries stop sequences, and the one that ended the reply', async () => {
      services.write({ text: 'One', end: 'stop-sequence' });
      const { text, end, stopSequence, dropped } = await ask({ text: 'count' }, { stop: ['END'] });
      expect(text).toBe('One');
      if (client === 'openai-responses') return;
      if (model === 'openai-responses') expect(dropped).toBe('stop');
      else expect(JSON.stringify(services.bodies.at(-1))).toContain('"END"');
      const isTold = model === 'openai-chat' || model === 'anthropic-messages';
      if (client === 'anthropic-messages' && isTold)
        expect([end, stopSequence]).toEqual(['stop_sequence', 'END']);
      else expect(end).toBe(client === 'openai-chat' ? 'stop' : 'end_turn');
    });

    it('reports why a request was refused', async () => {
      services.write({ refused: 'too many cities' });
      await expect(ask({ text: 'hi' })).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining('too many cities') as string,
      });
    });

    it('reports an error inside a stream, and never takes it for the end', async () => {
      if (!stream) return;
      services.write({ text: 'Half of it', error: 'the oven is cold' });
      await expect(ask({ text: 'hi' })).rejects.toThrow(/the oven is cold/);
    });
  },
);

describe('what services get wrong', () => {
  const ROUTES: Readonly<Record<string, [name: string, request: object]>> = {
    '/v1/chat/completions': ['openai-chat', { messages: [{ role: 'user', content: 'hi' }] }],
    '/v1/responses': ['openai-responses', { input: 'hi' }],
    '/v1/messages': ['anthropic-messages', { messages: [{ role: 'user', content: 'hi' }], max_tokens: 50 }],
  };
  const pairs = Object.entries(ROUTES).flatMap(([route, [name, request]]) =>
    [...Object.keys(SERVICE_FORMATS), 'mapped']
      .filter((model) => model !== name)
      .map((model) => [route, model, request] as const),
  );
  const stream = async (route: string, model: string, request: object): Promise<string> => {
    const response = await fetch(gateway.url + route, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream: true, ...request }),
    });
    return response.text();
  };

  it.each(pairs)('%s of %s has no halves of characters', async (route, model, request) => {
    services.write({ text: 'a😀b' });
    const text = await stream(route, model, request);
    expect(text).toContain('😀b');
    expect(text).not.toMatch(/\\u[dD][89a-fA-F]/);
  });

  it.each(pairs)('%s of %s has one id for each call', async (route, model, request) => {
    services.write({ calls: [OSLO, { ...ROME, id: OSLO.id }] });
    const text = await stream(route, model, request);
    const ids = [...text.matchAll(/"(?:call_id|id)":"((?:call_|toolu_)[^"]*)"/g)].map(([, id]) => id!);
    expect(new Set(ids)).toContain(OSLO.id);
    expect(new Set(ids).size).toBe(2);
  });
});
