import { isCount, usageOf } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { readCounts } from '../openai-chat/usage.js';

const INPUT_DETAILS = ['prompt_tokens_details', 'input_tokens_details', 'input_token_details'];
const OUTPUT_DETAILS = ['completion_tokens_details', 'output_tokens_details', 'output_token_details'];

/** Usage that a reply reports outside `usage`. */
export type FurtherUsage = Partial<Usage>;

/** Where replies of a format report usage outside `usage`. */
export interface UsagePlaces {
  /** Top-level fields that are small enough to be parsed. */
  readonly fields: readonly string[];
  /** A list whose elements are counted, but not parsed. */
  readonly list?: string;
  /** The class of all output tokens, if the service does not split them up. */
  readonly output?: 'audioOutputTokens' | 'imageOutputTokens';
  /** @param values values of the fields by name @param elements length of the list */
  read?(values: JsonObject, elements: number): FurtherUsage | undefined;
}

/**
 * Reads the counts of a `usage` object under any of the names that OpenAI and similar services use
 * for input and output. Models that generate no text have no output.
 * @returns undefined if nothing is counted
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
