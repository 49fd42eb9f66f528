import { endianness } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseJson } from '../../protocol/json.js';
import { type Span, splice, type Edit } from '../../protocol/scanning/splice.js';

/** `float`: a list of numbers; `base64`: 32-bit floats, little-endian, in Base64. */
export type VectorForm = 'float' | 'base64';

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const FLOAT_BYTES = 4;
const IS_BIG_ENDIAN = endianness() === 'BE';
/**
 * How long converting vectors may block the event loop at a time, approximately; in milliseconds.
 */
const MAX_TURN_MS = 8;

/**
 * Converts the vectors of a reply to the requested form; all other bytes are unchanged. Vectors are
 * built one at a time, because a batch has millions of numbers.
 * @param data span of the reply's list of embeddings; the whole reply is known to be JSON
 * @returns the same bytes if all vectors have that form; undefined if one cannot be read; a promise
 * of either if the conversion has to yield in between
 */
export function withVectors(
  json: Buffer,
  data: Span,
  form: VectorForm,
): Buffer | undefined | Promise<Buffer | undefined> {
  const conversion = convert(json, data, form);
  const { done, value } = conversion.next();
  return done === true ? value : inTurns(conversion);
}

async function inTurns(conversion: Conversion): Promise<Buffer | undefined> {
  for (;;) {
    await nextTurn();
    const { done, value } = conversion.next();
    if (done === true) return value;
  }
}

type Conversion = Generator<undefined, Buffer | undefined, void>;

/** Yields when other work must have its turn. */
function* convert(json: Buffer, data: Span, form: VectorForm): Conversion {
  const edits: Edit[] = [];
  let begunMs = performance.now();
  for (const vector of vectorsIn(json, data)) {
    const text = converted(json, vector, form);
    if (text === null) return undefined;
    if (text !== undefined) edits.push({ ...vector, text });
    if (performance.now() - begunMs > MAX_TURN_MS) {
      yield;
      begunMs = performance.now();
    }
  }
  return edits.length === 0 ? json : splice(json, edits);
}

/**
 * @returns the vector in the other form; undefined if it has the wanted form; null if it cannot be
 * read
 */
function converted(json: Buffer, { start, end }: Span, form: VectorForm): string | null | undefined {
  if (json[start] === QUOTE) return form === 'base64' ? undefined : toFloats(textIn(json, start, end));
  const isText = json.subarray(start, end).includes(QUOTE);
  if (form === 'float' && !isText) return undefined;
  const list = parseJson(json.toString('latin1', start, end));
  if (!Array.isArray(list)) return null;
  const [first] = list as readonly unknown[];
  if (isText) {
    // Some services wrap the text in a list.
    if (list.length !== 1 || typeof first !== 'string') return null;
    return form === 'base64' ? JSON.stringify(first) : toFloats(first);
  }
  return list.every((value) => typeof value === 'number') ? toBase64(list as readonly number[]) : null;
}

function toBase64(values: readonly number[]): string {
  const floats = Float32Array.from(values);
  const bytes = Buffer.from(floats.buffer);
  if (IS_BIG_ENDIAN) bytes.swap32();
  return `"${bytes.toString('base64')}"`;
}

/** Reads a JSON string, in which slashes and line breaks may be escaped. */
function textIn(json: Buffer, start: number, end: number): string {
  const text = json.toString('latin1', start + 1, end - 1);
  return text.includes('\\') ? String(parseJson(`"${text}"`)) : text;
}

function toFloats(base64: string): string | null {
  const decoded = Buffer.from(base64, 'base64');
  if (decoded.length === 0 || decoded.length % FLOAT_BYTES !== 0) return null;
  if (decoded.length !== bytesIn(base64) && decoded.length !== bytesIn(base64.replaceAll(/\s/g, '')))
    return null;
  if (IS_BIG_ENDIAN) decoded.swap32();
  // Copied, because the offset of a view of floats must be a multiple of their size.
  const floats = new Float32Array(Uint8Array.from(decoded).buffer);
  if (!floats.every(Number.isFinite)) return null;
  return floats.includes(0) ? `[${Array.from(floats, asText).join(',')}]` : `[${floats.join(',')}]`;
}

/** Number of bytes of a text in Base64; decoders skip other characters. */
function bytesIn(base64: string): number {
  let end = base64.length;
  while (base64[end - 1] === '=') end--;
  return Math.floor((end * 3) / 4);
}

/** JSON has a negative zero, which `String` does not write. */
function asText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * The values of `embedding` in the elements of a list in valid JSON. Lists of numbers and Base64
 * texts, which are nearly all of it, are skipped by native searches.
 */
function* vectorsIn(json: Buffer, list: Span): Generator<Span, void> {
  let depth = -1;
  for (let at = list.start; at < list.end; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      const end = endOfString(json, at);
      const value = depth === 1 ? valueBehind(json, end + 1) : undefined;
      if (value !== undefined && json.toString('latin1', at + 1, end) === 'embedding') {
        at = endOfVector(json, value);
        if (at > value) yield { start: value, end: at + 1 };
      } else at = end;
    } else if (byte === OPEN_BRACKET && depth >= 0) {
      const end = endOfNumbers(json, at);
      if (end === undefined) depth++;
      else at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
}

/**
 * @returns where the value of a key begins, after the key's closing quote; undefined if the text is
 * not a key
 */
function valueBehind(json: Buffer, from: number): number | undefined {
  let at = from;
  while (json[at]! <= SPACE) at++;
  if (json[at] !== COLON) return undefined;
  do at++;
  while (json[at]! <= SPACE);
  return at;
}

/** @returns the index of its last byte; that before its first byte if it cannot be converted */
function endOfVector(json: Buffer, start: number): number {
  if (json[start] === QUOTE) return endOfString(json, start);
  if (json[start] !== OPEN_BRACKET) return start - 1;
  return endOfNumbers(json, start) ?? endOfList(json, start);
}

/** @returns the index of the closing bracket of a list with any contents */
function endOfList(json: Buffer, open: number): number {
  let at = open;
  for (let depth = 0; ; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACKET && --depth === 0) return at;
  }
}

/** @returns the index of the closing bracket; undefined if the list contains more than numbers */
function endOfNumbers(json: Buffer, open: number): number | undefined {
  const end = json.indexOf(CLOSE_BRACKET, open);
  const inside = json.subarray(open + 1, end);
  const isMore = inside.includes(OPEN_BRACKET) || inside.includes(QUOTE) || inside.includes(OPEN_BRACE);
  return isMore ? undefined : end;
}

/** @returns the index of the closing quote */
function endOfString(json: Buffer, at: number): number {
  for (let close = json.indexOf(QUOTE, at + 1); ; close = json.indexOf(QUOTE, close + 1)) {
    let first = close;
    while (json[first - 1] === BACKSLASH) first--;
    if ((close - first) % 2 === 0) return close;
  }
}
