import { isCount, tierOf } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { readUsage } from '../openai-chat/usage.js';

/**
 * The counts of a response under the names of OpenAI's chat; undefined if the service reports none.
 */
export function chatCounts({ usage, output: items, service_tier: tier }: JsonObject): JsonObject | undefined {
  if (!isJsonObject(usage)) return undefined;
  const {
    input_tokens: input,
    input_tokens_details: inputDetails,
    output_tokens: output,
    output_tokens_details: outputDetails,
    total_tokens: total,
    ...rest
  } = usage;
  if (!isCount(input) || !isCount(output)) return undefined;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: isCount(total) ? total : input + output,
    ...(isJsonObject(inputDetails) && { prompt_tokens_details: inputDetails }),
    ...(isJsonObject(outputDetails) && { completion_tokens_details: outputDetails }),
    ...rest,
    ...(tierOf(tier) !== undefined && { service_tier: tier }),
    ...searchCounts(items),
  };
}

/** Web searches are items of the output. */
function searchCounts(items: unknown): JsonObject {
  if (!Array.isArray(items)) return {};
  const searches = items.filter((item) => isJsonObject(item) && isSearch(item)).length;
  return searches === 0 ? {} : { server_tool_use: { web_search_requests: searches } };
}

/** Opening a page that a search has found is not another search. */
function isSearch({ type, action }: JsonObject): boolean {
  return type === 'web_search_call' && (!isJsonObject(action) || (action['type'] ?? 'search') === 'search');
}

/**
 * Counts under the names of OpenAI's chat as the `usage` of a response; null if the service reports
 * none. Clients require each of these fields to be a number.
 */
export function responseUsage(counts: Readonly<Record<string, unknown>> | undefined): JsonObject | null {
  if (counts === undefined) return null;
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = counts;
  if (!isCount(input) || !isCount(output)) return null;
  const inputDetails = counts['prompt_tokens_details'];
  const outputDetails = counts['completion_tokens_details'];
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: countIn(inputDetails, 'cached_tokens'),
      cache_write_tokens: countIn(inputDetails, 'cache_write_tokens'),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: countIn(outputDetails, 'reasoning_tokens') },
    total_tokens: isCount(total) ? total : input + output,
    ...(counts['estimated'] === true && { estimated: true }),
  };
}

/** The usage of a response. */
export function usageOf(response: JsonObject): Usage | undefined {
  const counts = chatCounts(response);
  return counts && readUsage(counts);
}

function countIn(details: unknown, name: string): number {
  const count = isJsonObject(details) ? details[name] : undefined;
  return isCount(count) ? count : 0;
}
