import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/** What some services write where the format has `null`: not finished yet. */
const NOT_FINISHED: ReadonlySet<string> = new Set(['', 'null', 'none', 'undefined']);

/**
 * Why a choice ended. Ollama and SGLang sent `""` and KoboldCpp `"null"` in every chunk before the last:
 * neither ends anything.
 * @returns undefined while it goes on
 */
export function readFinishReason(value: unknown): string | undefined {
  return typeof value === 'string' && !NOT_FINISHED.has(value.toLowerCase()) ? value : undefined;
}

/** The finish reason of a complete choice whose service gives none. */
export function defaultFinishReason(message: JsonObject): string {
  if (Array.isArray(message['tool_calls']) && message['tool_calls'].length > 0) return 'tool_calls';
  return isJsonObject(message['function_call']) ? 'function_call' : 'stop';
}
