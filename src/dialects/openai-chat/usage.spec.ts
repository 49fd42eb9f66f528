import { readUsage, scanUsage } from './usage.js';

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
});
