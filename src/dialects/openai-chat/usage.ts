import { countOf, firstCount, isCount, usageOf } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { FieldNames } from '../../protocol/scanning/field-names.js';
import { JsonScan } from '../../protocol/scanning/json-scan.js';
import { BUILT_LIMITS, type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';

const FIELDS = new FieldNames(['prompt_tokens', 'completion_tokens', 'estimated', 'service_tier']);
const [PROMPT_TOKENS, COMPLETION_TOKENS, ESTIMATED, SERVICE_TIER] = [0, 1, 2, 3];
/** Longer than the usage of any service; token classes are not read from larger objects. */
const MAX_BUILT_BYTES = 4096;
const NO_DETAILS: JsonObject = {};
const NOTHING = { prompt: 0, completion: 0 };

/** Reads the counts of a `usage` object; undefined unless input and output are counts. */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion } = usage;
  return readCounts(
    usage,
    prompt,
    completion,
    usage['prompt_tokens_details'],
    usage['completion_tokens_details'],
  );
}

/**
 * Like `readUsage`, for a format with other names for the tokens of input and output.
 * @param inputDetails the object with the classes of input tokens, if there is one; `outputDetails`
 * likewise
 */
export function readCounts(
  usage: JsonObject,
  prompt: unknown,
  completion: unknown,
  inputDetails: unknown,
  outputDetails: unknown,
): Usage | undefined {
  if (!isCount(prompt) || !isCount(completion)) return undefined;
  const input = isJsonObject(inputDetails) ? inputDetails : NO_DETAILS;
  const output = isJsonObject(outputDetails) ? outputDetails : NO_DETAILS;
  const cached = cachedIn(usage, input);
  const written = writtenIn(usage, input);
  const reasoning = firstCount(output['reasoning_tokens'], usage['reasoning_tokens']);
  const cache = cached + written;
  const outside =
    cache === 0 && reasoning === 0 ? NOTHING : outsideOf(usage, prompt, completion, { cache, reasoning });
  return usageOf({
    promptTokens: prompt + outside.prompt,
    completionTokens: completion + outside.completion,
    cachedTokens: cached || undefined,
    cacheWriteTokens: written || undefined,
    longCacheWriteTokens: written === 0 ? undefined : longWrittenIn(usage, input, written),
    reasoningTokens: reasoning || undefined,
    audioInputTokens: input['audio_tokens'],
    imageInputTokens: input['image_tokens'],
    audioOutputTokens: output['audio_tokens'],
    imageOutputTokens: output['image_tokens'],
    searches: searchesIn(usage),
    serviceTier: usage['service_tier'],
    isEstimated: usage['estimated'],
  });
}

/** Like `readUsage`, for JSON text. */
export function scanUsage(json: Buffer): Usage | undefined {
  if (json.length <= MAX_BUILT_BYTES) return readUsage(parseJson(json.toString('latin1')));
  const scan = JsonScan.of(json, FIELDS, BUILT_LIMITS);
  if (scan.fault !== undefined) return undefined;
  return readUsage({
    prompt_tokens: scan.parse(PROMPT_TOKENS),
    completion_tokens: scan.parse(COMPLETION_TOKENS),
    estimated: scan.parse(ESTIMATED),
    service_tier: scan.parse(SERVICE_TIER),
  });
}

/**
 * The `usage` of a stream after one more chunk. Some services update the counts in each chunk, some
 * report them in one chunk only, and some end with zeros.
 */
export function laterUsage(known: unknown, said: unknown): unknown {
  if (!isJsonObject(said) || Object.keys(said).length === 0) return known;
  const isNothing = said['prompt_tokens'] === 0 && said['completion_tokens'] === 0;
  return isNothing ? (known ?? said) : said;
}

/** Cached prompt tokens, which some services report outside the format's own field. */
function cachedIn(usage: JsonObject, input: JsonObject): number {
  return firstCount(
    input['cached_tokens'],
    usage['prompt_cache_hit_tokens'],
    usage['cached_tokens'],
    usage['cache_read_input_tokens'],
  );
}

function writtenIn(usage: JsonObject, input: JsonObject): number {
  return firstCount(
    input['cache_write_tokens'],
    input['cache_creation_tokens'],
    input['cache_creation_input_tokens'],
    usage['cache_creation_input_tokens'],
  );
}

/** @param written all cache writes, whatever their duration; positive */
function longWrittenIn(usage: JsonObject, input: JsonObject, written: number): number {
  const parts = input['cache_creation_token_details'] ?? input['cache_creation'] ?? usage['cache_creation'];
  return isJsonObject(parts) ? Math.min(written, countOf(parts['ephemeral_1h_input_tokens'])) : 0;
}

/** The number of web searches, for which services have no common field. */
function searchesIn(usage: JsonObject): unknown {
  const { server_tool_use: tools } = usage;
  return isJsonObject(tools) ? tools['web_search_requests'] : usage['num_search_queries'];
}

/**
 * In the format, `prompt_tokens` includes cached tokens, and `completion_tokens` includes
 * reasoning. Services that exclude them are recognised by the total, or by a part that exceeds its
 * whole.
 */
function outsideOf(
  { total_tokens: total }: JsonObject,
  prompt: number,
  completion: number,
  { cache, reasoning }: { readonly cache: number; readonly reasoning: number },
): { readonly prompt: number; readonly completion: number } {
  const rest = isCount(total) ? total - prompt - completion : 0;
  const isBoth = rest > 0 && rest === cache + reasoning;
  const isCacheOutside = cache > prompt || isBoth || (rest > 0 && rest === cache);
  const isReasoningOutside = reasoning > completion || isBoth || (rest > 0 && rest === reasoning);
  return { prompt: isCacheOutside ? cache : 0, completion: isReasoningOutside ? reasoning : 0 };
}
