const SIZE = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i;
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Converts a size such as `"10mb"` or `"512 KiB"` to bytes (1 kb = 1024 bytes); returns anything else unchanged. */
export function byteSize(value: unknown): unknown {
  const match = typeof value === 'string' ? SIZE.exec(value.trim()) : null;
  if (match === null) return value;
  return Math.floor(Number(match[1]) * (FACTORS[(match[2] ?? '').toLowerCase()] ?? 1));
}
