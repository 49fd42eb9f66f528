import { laterUsage, readUsage, scanUsage } from './usage.js';

describe.each([
  ['readUsage', (json: string) => readUsage(JSON.parse(json))],
  ['scanUsage', (json: string) => scanUsage(Buffer.from(json))],
])('%s', (_name, read) => {
  it.each([
    ['{ "prompt_tokens": 3, "completion_tokens": 0 }', { promptTokens: 3, completionTokens: 0 }],
    [
      '{"completion_tokens":1e2,"x":{"y":[]},"prompt_tokens":3.0}',
      { promptTokens: 3, completionTokens: 100 },
    ],
    ['{"prompt_tokens":10.5,"completion_tokens":5.4}', { promptTokens: 11, completionTokens: 5 }],
    ['{"prompt_tokens":3,"completion_tokens":1e9}', { promptTokens: 3, completionTokens: 1e9 }],
    [
      '{ "prompt_tokens": 3, "completion_tokens": 5, "estimated": true }',
      { promptTokens: 3, completionTokens: 5, isEstimated: true },
    ],
    [
      '{"prompt_tokens":1,"prompt\\u005ftokens":2,"completion_tokens":3}',
      { promptTokens: 2, completionTokens: 3 },
    ],
  ])('reads both counts of %s', (json, usage) => {
    expect(read(json)).toEqual(usage);
  });

  it.each([
    ['OpenAI', { prompt_tokens_details: { cached_tokens: 80 } }, { cachedTokens: 80 }],
    ['DeepSeek', { prompt_cache_hit_tokens: 80, prompt_cache_miss_tokens: 20 }, { cachedTokens: 80 }],
    ['Moonshot', { cached_tokens: 80 }, { cachedTokens: 80 }],
    ['Anthropic behind a chat', { cache_read_input_tokens: 80 }, { cachedTokens: 80 }],
    [
      'both places',
      { prompt_cache_hit_tokens: 80, prompt_tokens_details: { cached_tokens: 80 } },
      { cachedTokens: 80 },
    ],
    [
      'OpenAI, written',
      { prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 60 } },
      { cacheWriteTokens: 60 },
    ],
    [
      'Qwen, written',
      {
        prompt_tokens_details: {
          cache_creation_input_tokens: 60,
          cache_creation: { ephemeral_5m_input_tokens: 60 },
        },
      },
      { cacheWriteTokens: 60 },
    ],
    [
      'a gateway, written for an hour',
      {
        prompt_tokens_details: {
          cache_creation_tokens: 60,
          cache_creation_token_details: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 40 },
        },
      },
      { cacheWriteTokens: 60, longCacheWriteTokens: 40 },
    ],
    ['reasoning', { completion_tokens_details: { reasoning_tokens: 5 } }, { reasoningTokens: 5 }],
    [
      'sound and pictures',
      {
        prompt_tokens_details: { audio_tokens: 1, image_tokens: 2 },
        completion_tokens_details: { audio_tokens: 3, image_tokens: 4 },
      },
      { audioInputTokens: 1, imageInputTokens: 2, audioOutputTokens: 3, imageOutputTokens: 4 },
    ],
    ['searches', { server_tool_use: { web_search_requests: 2 } }, { searches: 2 }],
    ['searches of another name', { num_search_queries: 2 }, { searches: 2 }],
    [
      'no class at all',
      { prompt_tokens_details: null, completion_tokens_details: { reasoning_tokens: 0, audio_tokens: -1 } },
      {},
    ],
  ])('reads the classes that %s reports, inside input and output', (_service, classes, read_) => {
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, ...classes };
    expect(read(JSON.stringify(usage))).toEqual({ promptTokens: 100, completionTokens: 10, ...read_ });
  });

  it.each([
    [
      'reasoning left out of the output',
      { total_tokens: 410, completion_tokens_details: { reasoning_tokens: 300 } },
      { promptTokens: 100, completionTokens: 310, reasoningTokens: 300 },
    ],
    [
      'reasoning that is more than the output',
      { completion_tokens_details: { reasoning_tokens: 300 } },
      { promptTokens: 100, completionTokens: 310, reasoningTokens: 300 },
    ],
    [
      'cached tokens left out of the input',
      { total_tokens: 150, prompt_tokens_details: { cached_tokens: 40 } },
      { promptTokens: 140, completionTokens: 10, cachedTokens: 40 },
    ],
    [
      'a cache that is more than the input',
      { cache_read_input_tokens: 900, cache_creation_input_tokens: 50 },
      { promptTokens: 1050, completionTokens: 10, cachedTokens: 900, cacheWriteTokens: 50 },
    ],
    [
      'both left out',
      { total_tokens: 155, cached_tokens: 40, completion_tokens_details: { reasoning_tokens: 5 } },
      { promptTokens: 140, completionTokens: 15, cachedTokens: 40, reasoningTokens: 5 },
    ],
  ])('puts %s into it once', (_case, classes, usage) => {
    expect(read(JSON.stringify({ prompt_tokens: 100, completion_tokens: 10, ...classes }))).toEqual(usage);
  });

  it.each([
    'null',
    '"many"',
    '[3, 5]',
    '{}',
    '{ "prompt_tokens": 3 }',
    '{ "prompt_tokens": "3", "completion_tokens": 5 }',
    '{ "prompt_tokens": -1, "completion_tokens": 5 }',
    '{ "prompt_tokens": 3, "completion_tokens": 1e999 }',
  ])('reads nothing out of %s', (json) => {
    expect(read(json)).toBeUndefined();
  });

  it.each(['18446744073709551615', '1e300', '1000000001'])('does not believe %s tokens', (tokens) => {
    expect(read(`{"prompt_tokens":${tokens},"completion_tokens":5}`)).toBeUndefined();
    expect(read(`{"prompt_tokens":5,"completion_tokens":${tokens}}`)).toBeUndefined();
  });
});

it('rounds classes of tokens, and leaves out those that cannot be', () => {
  const details = { cached_tokens: 1.6, audio_tokens: 2 ** 64 };
  expect(
    readUsage({ prompt_tokens: 9.5, completion_tokens: 5, prompt_tokens_details: details }),
  ).toMatchObject({ promptTokens: 10, cachedTokens: 2 });
  expect(
    readUsage({ prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: details }),
  ).not.toHaveProperty('audioInputTokens');
});

it('reads input and output alone of a usage that is too large to be built', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 5, cached_tokens: 1, more: 'x'.repeat(5000) };
  expect(scanUsage(Buffer.from(JSON.stringify(usage)))).toEqual({ promptTokens: 3, completionTokens: 5 });
});

describe('laterUsage', () => {
  const known = { prompt_tokens: 3, completion_tokens: 5 };

  it.each([
    [null],
    [undefined],
    ['none'],
    [{}],
    [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
  ])('keeps the known counts if a chunk has %j', (said) => {
    expect(laterUsage(known, said)).toBe(known);
  });

  it('uses the counts of a later chunk, and zeros only if nothing else is known', () => {
    const later = { prompt_tokens: 3, completion_tokens: 6 };
    expect(laterUsage(known, later)).toBe(later);
    const zeros = { prompt_tokens: 0, completion_tokens: 0 };
    expect(laterUsage(undefined, zeros)).toBe(zeros);
  });
});
