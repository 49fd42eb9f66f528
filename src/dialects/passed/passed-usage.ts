import { type Usage } from '../../conversation/usage.js';
import { isJsonObject } from '../../protocol/json.js';

/**
 * The counts of a `usage` object in any of the names that OpenAI and its relatives use for input and output; what makes
 * no text has no output.
 * @returns undefined where tokens are not counted
 */
export function readPassedUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const promptTokens = usage['prompt_tokens'] ?? usage['input_tokens'] ?? usage['total_tokens'];
  const completionTokens = usage['completion_tokens'] ?? usage['output_tokens'] ?? 0;
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
