import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/** `usage` of a response by the names of OpenAI's chat; undefined where the service did not count. */
export function chatCounts(usage: unknown): JsonObject | undefined {
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
  };
}

/**
 * Counts by the names of OpenAI's chat as the `usage` of a response; null where the service did not count. Clients
 * read each of these fields as a number that is there.
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

/** The `usage` of a response. */
export function usageOf(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { input_tokens: promptTokens, output_tokens: completionTokens, estimated } = usage;
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  return { promptTokens, completionTokens, ...(estimated === true && { isEstimated: true }) };
}

function countIn(details: unknown, name: string): number {
  const count = isJsonObject(details) ? details[name] : undefined;
  return isCount(count) ? count : 0;
}

/** Some services write -1 for "unknown". */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
