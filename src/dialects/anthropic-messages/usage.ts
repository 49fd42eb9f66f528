import { countOf, isCount, tierOf } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { readUsage } from '../openai-chat/usage.js';

/*
 * Anthropic's `input_tokens` exclude cached tokens; OpenAI's `prompt_tokens` include them.
 * https://platform.claude.com/docs/en/api/messages#response-usage
 */

/**
 * Merges the counts of a stream. Counts in a later event replace earlier ones; nothing is added up.
 */
export function mergeUsage(known: JsonObject | undefined, said: unknown): JsonObject | undefined {
  if (!isJsonObject(said)) return known;
  const merged: JsonObject = { ...known };
  for (const [name, value] of Object.entries(said)) if (value !== null) merged[name] = value;
  return merged;
}

/** @returns undefined if one of the two counts is missing */
export function usageOf(said: JsonObject | undefined): Usage | undefined {
  const counts = said && chatCounts(said);
  return counts && readUsage(counts);
}

/** A service's counts under the names of OpenAI's chat; undefined if one of the two is missing. */
export function chatCounts(said: JsonObject): JsonObject | undefined {
  const { input_tokens: input, output_tokens: output, output_tokens_details: details } = said;
  if (!isCount(input) || !isCount(output)) return undefined;
  const { cache_creation: parts, server_tool_use: tools } = said;
  const long = isJsonObject(parts) ? countOf(parts['ephemeral_1h_input_tokens']) : 0;
  const short = isJsonObject(parts) ? countOf(parts['ephemeral_5m_input_tokens']) : 0;
  const read = countOf(said['cache_read_input_tokens']);
  const written = countOf(said['cache_creation_input_tokens']) || long + short;
  const prompt = input + read + written;
  const thinking = isJsonObject(details) ? details['thinking_tokens'] : undefined;
  // Fast mode takes precedence over the service tier.
  const tier = tierOf(said['speed']) ?? tierOf(said['service_tier']);
  const searches = isJsonObject(tools) ? countOf(tools['web_search_requests']) : 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: {
      cached_tokens: read,
      cache_write_tokens: written,
      ...(long > 0 && { cache_creation: parts }),
    },
    ...(isCount(thinking) && { completion_tokens_details: { reasoning_tokens: thinking } }),
    ...(searches > 0 && { server_tool_use: tools }),
    ...(tier !== undefined && { service_tier: tier }),
  };
}

/** OpenAI's counts under the names of this format, with all keys; unknown counts are 0. */
export function messageUsage(counts: Readonly<Record<string, unknown>> = {}): JsonObject {
  const { completion_tokens_details: output } = counts;
  const {
    promptTokens = 0,
    completionTokens = 0,
    cachedTokens: read = 0,
    cacheWriteTokens: written = 0,
    longCacheWriteTokens: long = 0,
    searches,
  }: Partial<Usage> = readUsage(counts) ?? {};
  const thinking = isJsonObject(output) ? output['reasoning_tokens'] : undefined;
  return {
    input_tokens: Math.max(0, promptTokens - read - written),
    output_tokens: completionTokens,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long },
    output_tokens_details: isCount(thinking) ? { thinking_tokens: thinking } : null,
    server_tool_use: searches === undefined ? null : { web_search_requests: searches },
    service_tier: null,
    speed: null,
    inference_geo: null,
  };
}
