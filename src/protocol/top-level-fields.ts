import { InvalidRequestError, TooManyValuesError } from '../errors/caller-errors.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
/** How far a string is read unit by unit after an escaped quote. */
const WALK_UNITS = 64;

/** Where a value stands in the text: from `start` up to, not including, `end`, counted as strings count. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the values of the top-level fields of a JSON object without building it, so that one of them can be
 * replaced while every other byte stays as it was sent. On the decoded text rather than on its bytes: that is several
 * times as quick.
 *
 * @param json what `JSON.parse` has accepted as an object; nothing is checked again here
 * @param onField called for each top-level field, in order, duplicates included
 * @throws InvalidRequestError where it is nested deeper than `depthLimit`
 */
export function eachTopLevelField(
  json: string,
  onField: (key: string, value: Span, keyStart: number) => void,
  depthLimit = Infinity,
): void {
  let at = skipSpace(json, skipSpace(json, 0) + 1);
  while (json.charCodeAt(at) !== CLOSE_BRACE) {
    const keyEnd = endOfString(json, at);
    const key = readKey(json, at, keyEnd);
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start, depthLimit);
    onField(key, { start, end }, at);
    at = skipSpace(json, end);
    if (json.charCodeAt(at) === COMMA) at = skipSpace(json, at + 1);
  }
}

/** What the JSON of a request may consist of at most. */
export interface JsonLimits {
  /** Levels of nesting; the outermost object is the first. */
  readonly depth: number;
  /** Objects, arrays, strings, numbers, literals, and the keys of objects. */
  readonly values: number;
}

/**
 * Counts what a text would become before it is parsed: a value of two bytes takes more than sixty once it is built.
 * @throws InvalidRequestError, TooManyValuesError; what is not JSON is left to the parser
 */
export function refuseBeyond(json: string, { depth: depthLimit, values: valuesLimit }: JsonLimits): void {
  let depth = 0;
  // Every value but the outermost one follows a comma, a colon or an opening bracket.
  let values = 1;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(json, at) - 1;
        if (at < 0) return;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (++depth > depthLimit) throw tooDeep(depthLimit);
        if (!isClosing(json.charCodeAt(skipSpace(json, at + 1)))) values++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        break;
      case COMMA:
      case COLON:
        if (++values > valuesLimit) throw new TooManyValuesError(valuesLimit);
    }
  }
  if (values > valuesLimit) throw new TooManyValuesError(valuesLimit);
}

function isClosing(unit: number): boolean {
  return unit === CLOSE_BRACE || unit === CLOSE_BRACKET;
}

function tooDeep(depthLimit: number): InvalidRequestError {
  return new InvalidRequestError(
    'invalid_value',
    `The request body is nested deeper than ${depthLimit} levels.`,
  );
}

/** Keys may be written with escapes: `"mod\u0065l"` is `model`. */
function readKey(json: string, start: number, end: number): string {
  const key = json.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
}

function skipSpace(json: string, at: number): number {
  while (json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @param at the opening quote @returns the index after the closing quote; 0 where there is none */
function endOfString(json: string, at: number): number {
  for (let from = at + 1; ;) {
    const close = json.indexOf('"', from);
    if (close < 0) return 0;
    let first = close;
    while (json.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((close - first) % 2 === 0) return close + 1;
    // Where one quote is escaped, more may follow at once: a search for each would cost more than reading on.
    const walkEnd = Math.min(close + WALK_UNITS, json.length);
    for (from = close + 1; from < walkEnd; from++) {
      const unit = json.charCodeAt(from);
      if (unit === QUOTE) return from + 1;
      if (unit === BACKSLASH) from++;
    }
  }
}

function endOfValue(json: string, start: number, depthLimit: number): number {
  const first = json.charCodeAt(start);
  if (first === QUOTE) return endOfString(json, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfLiteral(json, start);
  // The object around it is the first level.
  let depth = 1;
  for (let at = start; ; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(json, at) - 1;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > depthLimit) throw tooDeep(depthLimit);
    } else if ((unit === CLOSE_BRACE || unit === CLOSE_BRACKET) && --depth === 1) return at + 1;
  }
}

/** A number, `true`, `false` or `null`: ends at white space, a comma or the end of the object. */
function endOfLiteral(json: string, at: number): number {
  for (; ; at++) {
    const unit = json.charCodeAt(at);
    if (unit <= 0x20 || unit === COMMA || unit === CLOSE_BRACE) return at;
  }
}
