/** A size such as `"10mb"` or `"512 KiB"`: the number, and the letter of the unit. */
export const WRITTEN_SIZE = /^\s*(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:[iI]?[bB])?\s*$/;
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Converts a written size to bytes (1 kb = 1024 bytes); returns anything else unchanged. */
export function byteSize(value: unknown): unknown {
  const match = typeof value === 'string' ? WRITTEN_SIZE.exec(value) : null;
  if (match === null) return value;
  return Math.floor(Number(match[1]) * (FACTORS[(match[2] ?? '').toLowerCase()] ?? 1));
}
