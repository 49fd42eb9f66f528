/** A JSON object whose fields nobody has checked yet. */
export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text, or a number; an integer is its first group. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|(-?\d+)(?![\d.eE])|-?[\d.eE+-]+/g;
/** No shorter integer is too long for a number of JavaScript's. */
const LONG_INTEGER = /\d{16}/;

/**
 * Like `parseJson`; integers that a number cannot hold exactly, such as 64-bit ids, become texts of the same digits.
 * @returns undefined for what is not JSON
 */
export function parseExactJson(text: string): unknown {
  const value = parseJson(text);
  if (value === undefined || !LONG_INTEGER.test(text)) return value;
  return parseJson(
    text.replaceAll(TEXT_OR_NUMBER, (match, integer: string | undefined) =>
      integer === undefined || Number.isSafeInteger(Number(integer)) ? match : `"${integer}"`,
    ),
  );
}

/** @returns undefined for what is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
