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
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  return { promptTokens, completionTokens, ...(estimated === true && { isEstimated: true }) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
