const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes that a string may hold as they are: no quote, backslash or control character. */
const IS_PLAIN = table((byte) => byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH);
const IS_SPACE = table((byte) => byte === SPACE || byte === TAB || byte === LF || byte === CR);
const IS_ESCAPED = table((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));
const IS_HEX = table((byte) => /[\da-f]/i.test(String.fromCharCode(byte)));

/** Levels of nesting that the scanner keeps track of without growing its stack. */
const USUAL_DEPTH = 64;

/** Why a scan stopped before the end. */
export type ScanFault = 'invalid' | 'not_an_object' | 'too_deep' | 'too_many_values';

/** How far a document may go. */
export interface ScanLimits {
  /** Levels of nesting; the object itself is the first. */
  readonly depth: number;
  /** Objects, arrays, strings, numbers and literals; keys are not counted. */
  readonly values: number;
}

export const NO_LIMITS: ScanLimits = { depth: Infinity, values: Infinity };

/** The top-level fields that a reader wants to find, compared as bytes. */
export class FieldNames {
  readonly #byLength: { readonly index: number; readonly bytes: Buffer }[][] = [];

  constructor(readonly names: readonly string[]) {
    names.forEach((name, index) => {
      const bytes = Buffer.from(name);
      (this.#byLength[bytes.length] ??= []).push({ index, bytes });
    });
  }

  /** @returns the index of the name that these bytes spell; -1 for any other */
  find(json: Uint8Array, start: number, end: number): number {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return -1;
    for (const { index, bytes } of candidates) {
      let at = 0;
      while (at < bytes.length && json[start + at] === bytes[at]) at++;
      if (at === bytes.length) return index;
    }
    return -1;
  }
}

/**
 * Reads the bytes of a JSON object once, without building anything: checks that it is JSON (RFC 8259, as strictly as
 * `JSON.parse`; that the bytes are UTF-8 is the caller's to check), counts its values, and notes where the wanted
 * top-level fields are. Costs a third of parsing, and no memory.
 */
export class JsonScan {
  /** Undefined where the whole of it is an object within the limits. */
  fault: ScanFault | undefined;
  values = 0;
  /** Index of a wanted name that occurs a second time; -1 = none does. */
  repeated = -1;
  /** For each wanted name: start of its key (at the quote), start and end of its value; -1 where it does not occur. */
  readonly #spans: number[];

  private constructor(
    readonly json: Uint8Array,
    private readonly wanted: FieldNames,
    private readonly limits: ScanLimits,
  ) {
    this.#spans = new Array<number>(wanted.names.length * 3).fill(-1);
  }

  /** Never throws: `fault` says what is wrong. */
  static of(json: Uint8Array, wanted: FieldNames, limits: ScanLimits = NO_LIMITS): JsonScan {
    const scan = new JsonScan(json, wanted, limits);
    scan.fault = scan.#run();
    return scan;
  }

  /** @param name index among the wanted names */
  has(name: number): boolean {
    return this.#spans[name * 3]! >= 0;
  }

  keyStart(name: number): number {
    return this.#spans[name * 3]!;
  }

  start(name: number): number {
    return this.#spans[name * 3 + 1]!;
  }

  end(name: number): number {
    return this.#spans[name * 3 + 2]!;
  }

  /** The first byte of the value, which says of what kind it is; undefined where the field does not occur. */
  firstByte(name: number): number | undefined {
    return this.has(name) ? this.json[this.start(name)] : undefined;
  }

  /** The value of one field, parsed; undefined where it does not occur. */
  parse(name: number): unknown {
    if (!this.has(name)) return undefined;
    return JSON.parse(textOf(this.json, this.start(name), this.end(name))) as unknown;
  }

  #run(): ScanFault | undefined {
    const { json } = this;
    const { depth: maxDepth, values: maxValues } = this.limits;
    /** 1 = inside an object, 0 = inside an array; one entry a level. */
    const isObject: number[] = depthStack;
    let at = skipSpace(json, 0);
    if (json[at] !== OPEN_BRACE) return isValueStart(json[at]) ? this.#notAnObject(at) : 'invalid';
    if (maxDepth < 1) return 'too_deep';
    isObject[0] = 1;
    let depth = 1;
    let values = 1;
    let name = -1;
    let keyStart = 0;
    let start = 0;
    at = skipSpace(json, at + 1);
    if (json[at] === CLOSE_BRACE) {
      depth = 0;
      at++;
    }
    while (depth > 0) {
      // At a member of an object or an element of an array.
      if (isObject[depth - 1] === 1) {
        if (json[at] !== QUOTE) return 'invalid';
        const key = at;
        at = endOfString(json, at + 1);
        if (at < 0) return 'invalid';
        if (depth === 1) {
          name = this.#find(key + 1, at - 1);
          keyStart = key;
        }
        at = skipSpace(json, at);
        if (json[at] !== COLON) return 'invalid';
        at = skipSpace(json, at + 1);
        if (depth === 1) start = at;
      }
      if (++values > maxValues) return 'too_many_values';
      const first = json[at];
      if (first === QUOTE) at = endOfString(json, at + 1);
      else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth >= maxDepth) return 'too_deep';
        at = skipSpace(json, at + 1);
        if (json[at] !== (first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)) {
          isObject[depth++] = first === OPEN_BRACE ? 1 : 0;
          continue;
        }
        at++;
      } else at = endOfScalar(json, at);
      if (at < 0) return 'invalid';
      // Behind a value: the next one, or the end of what holds it.
      for (;;) {
        if (depth === 1 && name >= 0) this.#note(name, keyStart, start, at);
        at = skipSpace(json, at);
        const next = json[at++];
        if (next === COMMA) {
          at = skipSpace(json, at);
          break;
        }
        if (next !== (isObject[depth - 1] === 1 ? CLOSE_BRACE : CLOSE_BRACKET)) return 'invalid';
        if (--depth === 0) break;
      }
    }
    this.values = values;
    return skipSpace(json, at) === json.length ? undefined : 'invalid';
  }

  #note(name: number, keyStart: number, start: number, end: number): void {
    const spans = this.#spans;
    if (spans[name * 3]! >= 0) this.repeated = name;
    spans[name * 3] = keyStart;
    spans[name * 3 + 1] = start;
    spans[name * 3 + 2] = end;
  }

  /** A key may be written with escapes: `"mod\u0065l"` is `model`. */
  #find(start: number, end: number): number {
    const { json, wanted } = this;
    for (let at = start; at < end; at++) {
      if (json[at] === BACKSLASH)
        return wanted.names.indexOf(JSON.parse(textOf(json, start - 1, end + 1)) as string);
    }
    return wanted.find(json, start, end);
  }

  /** Some other JSON, or none at all. */
  #notAnObject(at: number): ScanFault {
    try {
      JSON.parse(textOf(this.json, at, this.json.length));
      return 'not_an_object';
    } catch {
      return 'invalid';
    }
  }
}

/** Shared by all scans, which never overlap: a scan is synchronous. */
const depthStack: number[] = new Array<number>(USUAL_DEPTH).fill(0);

function table(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0));
}

function textOf(json: Uint8Array, start: number, end: number): string {
  return Buffer.from(json.buffer, json.byteOffset + start, end - start).toString();
}

function isValueStart(byte: number | undefined): boolean {
  return byte !== undefined && byte !== OPEN_BRACE && IS_SPACE[byte] !== 1;
}

function skipSpace(json: Uint8Array, at: number): number {
  while (IS_SPACE[json[at]!] === 1) at++;
  return at;
}

/** @param at behind the opening quote @returns the index behind the closing one; -1 where there is none */
function endOfString(json: Uint8Array, at: number): number {
  for (;;) {
    while (IS_PLAIN[json[at]!] === 1) at++;
    const byte = json[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return -1;
    const escaped = json[at + 1]!;
    if (IS_ESCAPED[escaped] === 1) at += 2;
    else if (
      escaped === LOWER_U &&
      IS_HEX[json[at + 2]!] === 1 &&
      IS_HEX[json[at + 3]!] === 1 &&
      IS_HEX[json[at + 4]!] === 1 &&
      IS_HEX[json[at + 5]!] === 1
    )
      at += 6;
    else return -1;
  }
}

/** A number, `true`, `false` or `null`. @returns the index behind it; -1 where it is none of these */
function endOfScalar(json: Uint8Array, at: number): number {
  switch (json[at]) {
    case LOWER_T:
      return spells(json, at, 'true');
    case LOWER_F:
      return spells(json, at, 'false');
    case LOWER_N:
      return spells(json, at, 'null');
    default:
      return endOfNumber(json, at);
  }
}

function spells(json: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (json[at + index] !== word.charCodeAt(index)) return -1;
  }
  return at + word.length;
}

function endOfNumber(json: Uint8Array, at: number): number {
  if (json[at] === MINUS) at++;
  if (json[at] === ZERO) at++;
  else if (json[at]! >= ONE && json[at]! <= NINE) at = skipDigits(json, at);
  else return -1;
  if (json[at] === POINT) {
    if (!isDigit(json[++at])) return -1;
    at = skipDigits(json, at);
  }
  if (json[at] === LOWER_E || json[at] === UPPER_E) {
    at++;
    if (json[at] === PLUS || json[at] === MINUS) at++;
    if (!isDigit(json[at])) return -1;
    at = skipDigits(json, at);
  }
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function skipDigits(json: Uint8Array, at: number): number {
  while (isDigit(json[at])) at++;
  return at;
}
