/** One part of a path: literal text, or an expression whose value is inserted. */
export type PathPart = { readonly text: string } | { readonly expression: string };

/**
 * Splits `/apps/{$settings.app}/chat` into parts. An expression may contain balanced braces.
 * @returns undefined for unbalanced braces
 */
export function parsePath(path: string): PathPart[] | undefined {
  const parts: PathPart[] = [];
  let at = 0;
  while (at < path.length) {
    const open = path.indexOf('{', at);
    const text = path.slice(at, open < 0 ? undefined : open);
    if (text.includes('}')) return undefined;
    if (text !== '') parts.push({ text });
    if (open < 0) break;
    const close = closingBrace(path, open);
    if (close < 0) return undefined;
    parts.push({ expression: path.slice(open + 1, close) });
    at = close + 1;
  }
  return parts;
}

/** Braces inside quotes do not count. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  let quote = '';
  for (let at = open; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at;
  }
  return -1;
}
