/** Reads the counts of a `usage` object; undefined unless both are numbers. */
export function readUsage(usage: unknown): { promptTokens: number; completionTokens: number } | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage as Record<
    string,
    unknown
  >;
  if (typeof promptTokens !== 'number' || typeof completionTokens !== 'number') return undefined;
  return { promptTokens, completionTokens };
}
