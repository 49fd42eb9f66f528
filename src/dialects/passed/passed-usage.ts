import { isCount, usageOf } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { readCounts } from '../openai-chat/usage.js';

const INPUT_DETAILS = ['prompt_tokens_details', 'input_tokens_details', 'input_token_details'];
const OUTPUT_DETAILS = ['completion_tokens_details', 'output_tokens_details', 'output_token_details'];

/** What a reply says of its use outside `usage`. */
export type FurtherUsage = Partial<Usage>;

/** Where a format has what a reply says of its use outside `usage`. */
export interface UsagePlaces {
  /** Top-level fields, small enough to be built. */
  readonly fields: readonly string[];
  /** A list whose elements count; its elements are not built. */
  readonly list?: string;
  /** The class of output tokens that the service does not split up. */
  readonly output?: 'audioOutputTokens' | 'imageOutputTokens';
  /** @param values of the fields, by name @param elements of the list */
  read?(values: JsonObject, elements: number): FurtherUsage | undefined;
}

/**
 * The counts of a `usage` object in any of the names that OpenAI and its relatives use for input and output; what makes
 * no text has no output.
 * @returns undefined where nothing is counted
 */
export function readPassedUsage(
  usage: unknown,
  further?: FurtherUsage,
  output?: UsagePlaces['output'],
): Usage | undefined {
  const counted = isJsonObject(usage) ? countedIn(usage) : undefined;
  if (counted === undefined) return further && { promptTokens: 0, completionTokens: 0, ...further };
  if (output === undefined || counted.completionTokens === 0 || isSplit(usage as JsonObject))
    return further === undefined ? counted : { ...further, ...counted };
  return { ...further, ...counted, [output]: counted.completionTokens };
}

function isSplit(usage: JsonObject): boolean {
  return firstIn(usage, OUTPUT_DETAILS) !== undefined;
}

function countedIn(usage: JsonObject): Usage | undefined {
  const { total_tokens: total, seconds } = usage;
  const prompt = usage['prompt_tokens'] ?? usage['input_tokens'];
  const completion = usage['completion_tokens'] ?? usage['output_tokens'] ?? 0;
  if (prompt === undefined && total === undefined && usage['output_tokens'] === undefined)
    return isCount(seconds) ? usageOf({ promptTokens: 0, completionTokens: 0, seconds }) : undefined;
  const inputDetails = firstIn(usage, INPUT_DETAILS);
  return readCounts(usage, prompt ?? total, completion, inputDetails, firstIn(usage, OUTPUT_DETAILS));
}

function firstIn(usage: JsonObject, names: readonly string[]): JsonObject | undefined {
  for (const name of names) {
    const details = usage[name];
    if (isJsonObject(details)) return details;
  }
  return undefined;
}
