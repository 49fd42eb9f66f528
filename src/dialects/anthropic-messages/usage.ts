import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/*
 * Anthropic's `input_tokens` leave cached ones out, OpenAI's `prompt_tokens` hold them.
 * https://platform.claude.com/docs/en/api/messages#response-usage
 */

/** The counts of a stream: each event that tells some replaces what it tells, nothing is added up. */
export function mergeUsage(known: JsonObject | undefined, said: unknown): JsonObject | undefined {
  if (!isJsonObject(said)) return known;
  const merged: JsonObject = { ...known };
  for (const [name, value] of Object.entries(said)) if (value !== null) merged[name] = value;
  return merged;
}

/** @returns undefined where one of the two counts is missing */
export function usageOf(said: JsonObject | undefined): Usage | undefined {
  const counts = said && chatCounts(said);
  return counts && { promptTokens: counts.prompt_tokens, completionTokens: counts.completion_tokens };
}

/** A service's counts by the names of OpenAI's chat; undefined where one of the two is missing. */
export function chatCounts(said: JsonObject) {
  const { input_tokens: input, output_tokens: output, output_tokens_details: details } = said;
  if (!isCount(input) || !isCount(output)) return undefined;
  const read = countOf(said['cache_read_input_tokens']);
  const written = countOf(said['cache_creation_input_tokens']);
  const prompt = input + read + written;
  const thinking = isJsonObject(details) ? details['thinking_tokens'] : undefined;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    ...(isCount(thinking) && { completion_tokens_details: { reasoning_tokens: thinking } }),
  };
}

/** Counts by the names of OpenAI's chat as clients get them, with all keys; zeros where nothing is known. */
export function messageUsage(counts: Readonly<Record<string, unknown>> = {}): JsonObject {
  const { prompt_tokens_details: input, completion_tokens_details: output } = counts;
  const read = isJsonObject(input) ? countOf(input['cached_tokens']) : 0;
  const written = isJsonObject(input) ? countOf(input['cache_write_tokens']) : 0;
  const thinking = isJsonObject(output) ? output['reasoning_tokens'] : undefined;
  return {
    input_tokens: Math.max(0, countOf(counts['prompt_tokens']) - read - written),
    output_tokens: countOf(counts['completion_tokens']),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    output_tokens_details: isCount(thinking) ? { thinking_tokens: thinking } : null,
    server_tool_use: null,
    service_tier: null,
    speed: null,
    inference_geo: null,
  };
}

function countOf(value: unknown): number {
  return isCount(value) ? value : 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
