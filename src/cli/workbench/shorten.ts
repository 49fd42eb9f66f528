const MAX_TEXT = 300;
const MAX_ITEMS = 5;
const MAX_DEPTH = 8;

/** Shortens a value for display: long texts and lists are cut and marked. */
export function shorten(value: unknown, maxText = MAX_TEXT, depth = 0): unknown {
  if (typeof value === 'string') {
    return value.length > maxText ? `${value.slice(0, maxText)}… (${value.length} characters)` : value;
  }
  if (typeof value === 'function') return '(a function)';
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => shorten(item, maxText, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length} items)`] : items;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, shorten(child, maxText, depth + 1)]),
  );
}
