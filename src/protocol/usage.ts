interface Usage {
  promptTokens: number;
  completionTokens: number;
  isEstimated?: boolean;
}

/** Reads the counts of a `usage` object; undefined unless both are numbers. */
export function readUsage(usage: unknown): Usage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    estimated,
  } = usage as Record<string, unknown>;
  if (typeof promptTokens !== 'number' || typeof completionTokens !== 'number') return undefined;
  return { promptTokens, completionTokens, ...(estimated === true && { isEstimated: true }) };
}
