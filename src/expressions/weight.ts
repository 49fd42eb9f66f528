/** What is nested deeper weighs too much, whatever it is. */
const MAX_DEPTH = 500;
/** What every value counts at least, in bytes of JSON. */
const VALUE = 8;

/**
 * About the length of a value's JSON, counting what it holds twice each time.
 * @returns more than `limit` as soon as that is known
 */
export function weightOf(value: unknown, limit: number, depth = 0): number {
  if (typeof value === 'string') return VALUE + value.length;
  if (typeof value !== 'object' || value === null) return VALUE;
  if (depth > MAX_DEPTH) return Infinity;
  let weight = VALUE;
  if (Array.isArray(value)) {
    for (const item of value) {
      weight += weightOf(item, limit - weight, depth + 1);
      if (weight > limit) return weight;
    }
    return weight;
  }
  for (const name in value) {
    weight += name.length + weightOf((value as Record<string, unknown>)[name], limit - weight, depth + 1);
    if (weight > limit) return weight;
  }
  return weight;
}
