/** Values nested more deeply than this always count as too heavy. */
const MAX_DEPTH = 500;
/** The weight of a value apart from its content, in bytes of JSON. */
const VALUE = 8;

/**
 * The approximate length of a value's JSON, counting shared values each time.
 * @returns the exact weight up to `limit`; counting stops once `limit` is exceeded
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
