import { chatCounts, mergeUsage, messageUsage, usageOf } from './usage.js';

const SAID = {
  input_tokens: 10,
  output_tokens: 20,
  cache_read_input_tokens: 300,
  cache_creation_input_tokens: 60,
  cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 40 },
  output_tokens_details: { thinking_tokens: 5 },
  server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
};

describe('what a message used', () => {
  it('counts cached tokens once in its input, and every class that the service reports', () => {
    expect(usageOf(SAID)).toEqual({
      promptTokens: 370,
      completionTokens: 20,
      cachedTokens: 300,
      cacheWriteTokens: 60,
      longCacheWriteTokens: 40,
      reasoningTokens: 5,
      searches: 2,
    });
  });

  it('counts cache writes if the service reports only their parts', () => {
    const { cache_creation_input_tokens: _written, ...parts } = SAID;
    expect(usageOf(parts)).toMatchObject({ promptTokens: 370, cacheWriteTokens: 60 });
  });

  it('has the last reported value of each count', () => {
    const first = mergeUsage(undefined, { ...SAID, output_tokens: 1 });
    const last = mergeUsage(first, { output_tokens: 20, input_tokens: null });
    expect(usageOf(last)).toEqual(usageOf(SAID));
  });

  it('is unknown if a count is missing', () => {
    expect(usageOf({ input_tokens: 10 })).toBeUndefined();
    expect(usageOf(undefined)).toBeUndefined();
  });

  it('is the same again for a client of the format, by way of the names of chats', () => {
    const { output_tokens_details, server_tool_use: _tools, ...counts } = SAID;
    const again = messageUsage(chatCounts(SAID));
    expect(again).toMatchObject({ ...counts, output_tokens_details });
    expect(again).toMatchObject({ server_tool_use: { web_search_requests: 2 } });
  });
});
