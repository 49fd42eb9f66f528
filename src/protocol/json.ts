import { randomUUID } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import { FieldNames } from './scanning/field-names.js';
import { JsonScan, NO_LIMITS, type ScanFault, type ScanLimits } from './scanning/json-scan.js';

/** A JSON object whose fields are unchecked. */
export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MOST_VALUES = 4_000_000;
const HEAP_BYTES_PER_VALUE = 512;

/**
 * Limits for parsing JSON of another program: they allow deeper nesting than any sensible document
 * has, and as many values as take at most an eighth of the heap. JSON that is passed on as bytes is not parsed, and may have more values.
 */
export const BUILT_LIMITS: ScanLimits = {
  depth: 1024,
  values: Math.min(MOST_VALUES, Math.floor(getHeapStatistics().heap_size_limit / HEAP_BYTES_PER_VALUE)),
};

/** No shorter text is too deep: a level takes at least two characters, its start and its end. */
const SHALLOW_LENGTH = 2 * BUILT_LIMITS.depth;
const NO_FIELDS = new FieldNames([]);

/** @returns undefined for text that is not JSON, or exceeds the limits */
export function parseJson(text: string, limits = BUILT_LIMITS): unknown {
  try {
    if (text.length > SHALLOW_LENGTH && limits !== NO_LIMITS && excessOf(text, limits) !== undefined)
      return undefined;
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The result of scanning a text, before it is parsed. */
export interface JsonJudgement {
  /** Whether it is JSON within the limits. */
  readonly isJson: boolean;
  /** Number of values; 0 if it is not JSON, or exceeds the limits. */
  readonly values: number;
  /** Why a text that seems to be JSON is not parsed; undefined if it is within the limits, or not JSON at all. */
  readonly excess: string | undefined;
}

export function judgeJson(json: string | Buffer, limits = BUILT_LIMITS): JsonJudgement {
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  const { fault, values } = JsonScan.of(bytes, NO_FIELDS, limits);
  const isJson = fault === undefined || fault === 'not_an_object';
  return { isJson, values: isJson ? values : 0, excess: wordsOf(fault, limits) };
}

/** Why a text that seems to be JSON is not parsed; undefined if it is within the limits, or not JSON at all. */
export function excessOf(json: string | Buffer, limits = BUILT_LIMITS): string | undefined {
  return judgeJson(json, limits).excess;
}

function wordsOf(fault: ScanFault | undefined, limits: ScanLimits): string | undefined {
  if (fault === 'too_deep') return `is nested deeper than ${limits.depth} levels`;
  return fault === 'too_many_values' ? `has more than ${limits.values} JSON values` : undefined;
}

/**
 * Shorter numbers are exact in a double, and no exponent of two digits exceeds its range. The
 * pattern includes the character before a number, because hexadecimal ids contain digits and
 * exponents, too.
 */
const MAY_BE_INEXACT = /(?:^|[:,[\s])-?(?:\d{16}|\d+(?:\.\d+)?[eE]\+?\d{3})/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * Like `parseJson`, but numbers that a double cannot hold become strings as written: integers beyond
 * 2^53, such as 64-bit ids, and numbers out of range.
 * @returns undefined for text that is not JSON, or exceeds the limits
 */
export function parseExactJson(text: string): unknown {
  return parseNumbers(text, BUILT_LIMITS, (number) => number);
}

/**
 * Like `parseJson`, for values that are passed on: an integer beyond 2^53, such as a 64-bit id,
 * becomes a bigint instead of being rounded. Fractions are doubles, as for any JSON parser.
 * @returns undefined for text that is not JSON, exceeds the limits, or contains a number beyond the
 * range of doubles
 */
export function parseLosslessJson(text: string, limits = BUILT_LIMITS): unknown {
  return parseNumbers(text, limits, (number) =>
    Number.isFinite(Number(number)) ? BigInt(number) : undefined,
  );
}

/**
 * @param read converts a number that a double cannot represent: an integer beyond 2^53, or one out
 * of range; undefined means failure
 */
function parseNumbers(text: string, limits: ScanLimits, read: (number: string) => unknown): unknown {
  const rounded = parseJson(text, limits);
  if (rounded === undefined || !MAY_BE_INEXACT.test(text)) return rounded;
  const mark = randomUUID();
  let isReadable = true;
  let changed = '';
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote < 0 ? undefined : quote);
    changed += outside.replace(NUMBER, (number) => (isInexact(number) ? `"${mark}${number}"` : number));
    if (quote < 0) break;
    const end = endOfString(text, quote);
    changed += text.slice(quote, end);
    at = end;
  }
  if (!changed.includes(mark)) return rounded;
  const exact = JSON.parse(changed, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value;
    const number = read(value.slice(mark.length));
    isReadable &&= number !== undefined;
    return number;
  }) as unknown;
  return isReadable ? exact : undefined;
}

function isInexact(number: string): boolean {
  const value = Number(number);
  return !Number.isFinite(value) || (/^-?\d+$/.test(number) && !Number.isSafeInteger(value));
}

/** Like `JSON.stringify`, with bigints as numbers. */
export function stringifyJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError && error.message.includes('BigInt'))) throw error;
  }
  const mark = randomUUID();
  const text = JSON.stringify(
    value,
    (_key, child: unknown) => (typeof child === 'bigint' ? `${mark}${child}` : child),
    indent,
  );
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}

/** @param at the opening quote @returns the index after the closing one */
function endOfString(text: string, at: number): number {
  for (let close = text.indexOf('"', at + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let first = close;
    while (text[first - 1] === '\\') first--;
    if ((close - first) % 2 === 0) return close + 1;
  }
  return text.length;
}
