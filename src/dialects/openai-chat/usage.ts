import { FieldNames, JsonScan } from '../../protocol/json-scan.js';
import { BUILT_LIMITS } from '../../protocol/json.js';

const FIELDS = new FieldNames(['prompt_tokens', 'completion_tokens', 'estimated']);
const [PROMPT_TOKENS, COMPLETION_TOKENS, ESTIMATED] = [0, 1, 2];

interface Usage {
  promptTokens: number;
  completionTokens: number;
  isEstimated?: boolean;
}

/** Reads the counts of a `usage` object; undefined unless both are counts: some services write -1 for "unknown". */
export function readUsage(usage: unknown): Usage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    estimated,
  } = usage as Record<string, unknown>;
  return usageOf(promptTokens, completionTokens, estimated);
}

/** The same for a `usage` in JSON, of which nothing else is built. */
export function scanUsage(json: Buffer): Usage | undefined {
  const scan = JsonScan.of(json, FIELDS, BUILT_LIMITS);
  if (scan.fault !== undefined) return undefined;
  return usageOf(scan.parse(PROMPT_TOKENS), scan.parse(COMPLETION_TOKENS), scan.parse(ESTIMATED));
}

function usageOf(promptTokens: unknown, completionTokens: unknown, estimated: unknown): Usage | undefined {
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  return estimated === true
    ? { promptTokens, completionTokens, isEstimated: true }
    : { promptTokens, completionTokens };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
