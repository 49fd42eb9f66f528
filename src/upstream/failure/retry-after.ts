/** How long `retry-after-ms` or `retry-after` (seconds, or an HTTP date) asks to wait; undefined when neither does. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const ms = numberOf(headers['retry-after-ms']);
  if (ms !== undefined) return ms;
  const text = headers['retry-after'];
  const seconds = numberOf(text);
  if (seconds !== undefined) return seconds * 1000;
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
