import { KEY, eventsIn, post, read } from '../../../test/support/sandbox-operations.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.clearFaults());
afterAll(() => sandbox.close());

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly embedding: number[] }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

describe('embeddings', () => {
  const embed = (more: object): Promise<Embeddings> =>
    read(sandbox, '/v1/embeddings', { model: 'm', input: 'a cat', ...more });
  const likeness = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0);

  it('are the same for the same text, and closer for texts that share words', async () => {
    const { data } = await embed({ input: ['a black cat', 'A black cat.', 'a black dog', '完全不同'] });
    const [first, again, similar, other] = data.map(({ embedding }) => embedding);
    expect(first).toEqual(again);
    expect(likeness(first!, first!)).toBeCloseTo(1, 5);
    expect(likeness(first!, similar!)).toBeGreaterThan(likeness(first!, other!) + 0.3);
  });

  it('hold the same numbers in Base64', async () => {
    const [{ data: floats }, { data: packed }] = await Promise.all([
      embed({ dimensions: 8 }),
      embed({ dimensions: 8, encoding_format: 'base64' }),
    ]);
    const bytes = Buffer.from(packed[0]!.embedding as unknown as string, 'base64');
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual(floats[0]!.embedding);
  });

  it.each([
    ['a text', 'a cat', 1, 2],
    ['texts', ['a cat', '猫'], 2, 3],
    ['tokens', [1, 2, 3], 1, 3],
    ['tokens of several', [[1, 2], [3]], 2, 3],
  ])('count the tokens of %s', async (_, input, vectors, tokens) => {
    const { data, usage } = await embed({ input, dimensions: 4 });
    expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual(
      Array.from({ length: vectors }, (__, index) => [index, 4]),
    );
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  it.each([
    [{ input: '' }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: ['a', 1] }, 'input'],
    [{ input: undefined }, 'input'],
    [{ dimensions: 0 }, 'dimensions'],
    [{ encoding_format: 'int8' }, 'encoding_format'],
    [{ model: '' }, 'model'],
  ])('refuse %j', async (more, param) => {
    const response = await post(sandbox, '/v1/embeddings', { model: 'm', input: 'a', ...more });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  });
});

describe('completions', () => {
  it('have a choice for each prompt and each of `n`, and say alike as JSON and as a stream', async () => {
    const request = { model: 'm', prompt: ['one', 'two'], n: 2, max_tokens: 3 };
    const whole = await read<Record<string, unknown>>(sandbox, '/v1/completions', request);
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [0, 1, 2, 3].map((index) => ({ index, finish_reason: 'length', logprobs: null })),
      usage: { prompt_tokens: 2, completion_tokens: 12, total_tokens: 14 },
    });
    const response = await post(sandbox, '/v1/completions', {
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const events = eventsIn(await response.text()) as {
      choices: { index: number; text: string }[];
      usage: unknown;
    }[];
    expect(events.pop()).toBe('[DONE]');
    expect(events.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    const texts = ['', '', '', ''];
    for (const { choices } of events) for (const { index, text } of choices) texts[index] += text;
    expect(texts).toEqual((whole.choices as { text: string }[]).map(({ text }) => text));
  });

  it('have 16 tokens without a limit, the prompt if `echo` is set, and tokens for a text', async () => {
    const { choices, usage } = await read<{ choices: { text: string }[]; usage: object }>(
      sandbox,
      '/v1/completions',
      {
        model: 'm',
        prompt: [7, 8],
        echo: true,
      },
    );
    expect(choices[0]!.text).toMatch(/^7 8/);
    expect(usage).toEqual({ prompt_tokens: 2, completion_tokens: 16, total_tokens: 18 });
  });
});

describe('rerank', () => {
  const request = {
    model: 'm',
    query: 'return a parcel',
    documents: ['opening hours', { text: 'Return it.' }],
  };

  it('puts the better document first, with its text, as Jina has it', async () => {
    const reply = await read<{ results: { relevance_score: number }[] }>(sandbox, '/v1/rerank', request);
    expect(reply).toMatchObject({
      model: 'm',
      results: [{ index: 1, document: { text: 'Return it.' } }, { index: 0 }],
      usage: { total_tokens: expect.any(Number) },
    });
    const scores = reply.results.map(({ relevance_score: score }) => score);
    expect(scores[0]).toBeGreaterThan(scores[1]!);
  });

  it('counts searches as Cohere has it', async () => {
    const reply = await read<Record<string, unknown>>(sandbox, '/v2/rerank', { ...request, top_n: 1 });
    expect(reply).toEqual({
      id: expect.any(String),
      results: [{ index: 1, relevance_score: expect.any(Number) }],
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
    });
  });
});

describe('the models list', () => {
  it.each([
    ['OpenAI', '/v1/models', KEY, { object: 'list', data: [{ object: 'model', id: 'gpt-3.5-turbo' }] }],
    [
      'Anthropic',
      '/v1/models',
      { 'x-api-key': 'sandbox-key', 'anthropic-version': '2023-06-01' },
      { data: [{ type: 'model', id: 'gpt-3.5-turbo' }], has_more: false },
    ],
    [
      'Gemini',
      '/v1beta/models',
      { 'x-goog-api-key': 'sandbox-key' },
      { models: [{ name: 'models/gpt-3.5-turbo' }] },
    ],
  ])('is that of %s to its clients', async (_, path, headers, expected) => {
    const list = (await (await fetch(sandbox.url + path, { headers })).json()) as Record<string, unknown[]>;
    const [name] = Object.keys(expected).filter((key) => key === 'data' || key === 'models');
    expect({ ...list, [name!]: list[name!]!.slice(0, 1) }).toMatchObject(expected);
  });
});
