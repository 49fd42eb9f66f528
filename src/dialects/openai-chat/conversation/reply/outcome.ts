import { tierOf } from '../../../../conversation/usage-classes.js';
import { UpstreamError } from '../../../../errors/upstream-errors.js';
import { type JsonObject, isJsonObject } from '../../../../protocol/json.js';
import { readUsage } from '../../usage.js';

/** The format's names for the finish reasons of services, which are in lower case here. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['function_call', 'tool_calls'],
  ['tool_call', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['max_length', 'length'],
  ['max_output_tokens', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['length_limit', 'length'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['complete', 'stop'],
  ['completed', 'stop'],
  ['content_filtered', 'content_filter'],
  ['sensitive', 'content_filter'],
  ['safety', 'content_filter'],
  ['refusal', 'content_filter'],
]);
/**
 * Finish reasons with which services report that they gave up: DeepSeek, Zhipu, vLLM, OpenRouter.
 */
const BROKEN: ReadonlySet<string> = new Set([
  'insufficient_system_resource',
  'network_error',
  'abort',
  'aborted',
  'error',
]);

/**
 * Converts a finish reason to one of the format. Some services send `stop` with tool calls, or
 * `tool_calls` without any.
 * @throws UpstreamError if the service gave up
 */
export function usualReason(reason: string | undefined, hasCalls: boolean): string {
  const word = reason?.toLowerCase() ?? 'stop';
  if (BROKEN.has(word))
    throw new UpstreamError(
      'upstream_stream_interrupted',
      `The upstream gave its answer up: its finish reason is '${word}'.`,
    );
  const usual = USUAL.get(word) ?? word;
  if (usual === 'stop' && hasCalls) return 'tool_calls';
  return usual === 'tool_calls' && !hasCalls ? 'stop' : usual;
}

/** The stop sequence that ended a reply, which vLLM and SGLang report beside the finish reason. */
export function stopSequenceOf({
  stop_reason: reason,
  matched_stop: matched,
}: JsonObject): string | undefined {
  const said = typeof matched === 'string' ? matched : reason;
  if (typeof said !== 'string' || said === '') return undefined;
  const isWord = said === reason && (USUAL.has(said.toLowerCase()) || ['stop', 'length'].includes(said));
  return isWord ? undefined : said;
}

/**
 * A service's counts under the format's names; undefined if there are none.
 * @param tier the reported service tier
 */
export function countsOf(usage: unknown, tier?: unknown): JsonObject | undefined {
  const counts = readUsage(usage);
  if (counts === undefined || !isJsonObject(usage)) return undefined;
  const { promptTokens, completionTokens, cachedTokens } = counts;
  const { prompt_tokens_details: given } = usage;
  const served = tierOf(tier);
  const details = isJsonObject(given) ? given : {};
  const isMissing = cachedTokens !== undefined && typeof details['cached_tokens'] !== 'number';
  return {
    ...usage,
    ...(served !== undefined && { service_tier: served }),
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    ...(typeof usage['total_tokens'] !== 'number' && { total_tokens: promptTokens + completionTokens }),
    ...(isMissing && { prompt_tokens_details: { ...details, cached_tokens: cachedTokens } }),
  };
}
