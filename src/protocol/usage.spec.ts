import { readUsage } from './usage.js';

describe('readUsage', () => {
  it('reads both counts', () => {
    expect(readUsage({ prompt_tokens: 3, completion_tokens: 0 })).toEqual({
      promptTokens: 3,
      completionTokens: 0,
    });
    expect(readUsage({ prompt_tokens: 3, completion_tokens: 5, estimated: true })).toEqual({
      promptTokens: 3,
      completionTokens: 5,
      isEstimated: true,
    });
  });

  it.each([
    undefined,
    null,
    'many',
    {},
    { prompt_tokens: 3 },
    { prompt_tokens: '3', completion_tokens: 5 },
    { prompt_tokens: -1, completion_tokens: 5 },
    JSON.parse('{ "prompt_tokens": 3, "completion_tokens": 1e999 }') as object,
  ])('reads nothing out of %j', (usage) => {
    expect(readUsage(usage)).toBeUndefined();
  });
});
