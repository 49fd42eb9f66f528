import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/** Values that some services send instead of `null`: not finished yet. */
const NOT_FINISHED: ReadonlySet<string> = new Set(['', 'null', 'none', 'undefined']);

/**
 * The finish reason of a choice. Ollama and SGLang sent `""` and KoboldCpp `"null"` in every chunk
 * before the last, which ends nothing.
 * @returns undefined while the choice is unfinished
 */
export function readFinishReason(value: unknown): string | undefined {
  return typeof value === 'string' && !NOT_FINISHED.has(value.toLowerCase()) ? value : undefined;
}

/** The finish reason of a complete choice whose service sends none. */
export function defaultFinishReason(message: JsonObject): string {
  if (Array.isArray(message['tool_calls']) && message['tool_calls'].length > 0) return 'tool_calls';
  return isJsonObject(message['function_call']) ? 'function_call' : 'stop';
}
