import {
  IS_DIGIT,
  IS_PLAIN,
  bounded,
  endOfFraction,
  endOfScalar,
  endOfString,
  skipSpace,
} from './json-tokens.js';
import { type FieldNames } from './field-names.js';
import { type Span } from './splice.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** The bit that distinguishes a lower-case letter. */
const LOWER = 0x20;

/** Levels of nesting that the scanner tracks without growing its stack. */
const USUAL_DEPTH = 64;

/** Why a scan stopped before the end. */
export type ScanFault = 'invalid' | 'not_an_object' | 'too_deep' | 'too_many_values';

/** Limits for a document. */
export interface ScanLimits {
  /** Levels of nesting; the object itself is the first. */
  readonly depth: number;
  /** Objects, arrays, strings, numbers, literals, and the keys of objects. */
  readonly values: number;
}

export const NO_LIMITS: ScanLimits = { depth: Infinity, values: Infinity };

/** A rule for one top-level list: every element must be an object with a string in one field. */
export interface ElementRule {
  /** Index of the list among the wanted names. */
  readonly list: number;
  /** The only name that is looked up in each element. */
  readonly field: FieldNames;
}

/** The first element that violates the rule. */
export interface ElementFault {
  readonly index: number;
  /** Whether the field is invalid; if not, the element is not an object. */
  readonly isField: boolean;
  /** The value's first byte, which shows its type; undefined if there is no value. */
  readonly firstByte: number | undefined;
}

/**
 * Reads the bytes of a JSON object once, without parsing values. Checks that it is JSON (RFC 8259,
 * as strictly as `JSON.parse`; the caller checks that the bytes are UTF-8), counts its values, and
 * records the positions of the wanted top-level fields. If a name occurs twice, the last one
 * counts, as in `JSON.parse`. Takes a third of the time of parsing, and no memory.
 */
export class JsonScan {
  /** Undefined if the bytes are one object within the limits. */
  fault: ScanFault | undefined;
  values = 0;
  /** Lowest index of a wanted name that occurs a second time; -1 = none does. */
  repeated = -1;
  /** Number of elements in the rule's list. */
  elements = 0;
  /** The violation of the rule; like `elements`, meaningless if the value is not a list. */
  elementFault: ElementFault | undefined;
  /** For each wanted name: start of its key (at the quote), start and end of its value; -1 if it does not occur. */
  readonly #spans: number[];

  private constructor(
    readonly json: Buffer,
    private readonly wanted: FieldNames,
    private readonly limits: ScanLimits,
    private readonly rule: ElementRule | undefined,
  ) {
    this.#spans = wanted.noSpans.slice();
  }

  /** Never throws: `fault` describes an invalid object. */
  static of(json: Buffer, wanted: FieldNames, limits: ScanLimits = NO_LIMITS, rule?: ElementRule): JsonScan {
    const scan = new JsonScan(json, wanted, limits, rule);
    scan.fault = scan.#run();
    return scan;
  }

  /** @param name index among the wanted names, here and below */
  nameOf(name: number): string {
    return this.wanted.names[name]!;
  }

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

  span(name: number): Span {
    return { start: this.start(name), end: this.end(name) };
  }

  /** The bytes of the value. */
  bytes(name: number): Buffer {
    return this.json.subarray(this.start(name), this.end(name));
  }

  /** The text of the value. */
  text(name: number): string {
    return textOf(this.json, this.start(name), this.end(name));
  }

  /** The first byte of the value, which shows its type; undefined if the field does not occur. */
  firstByte(name: number): number | undefined {
    const start = this.#spans[name * 3 + 1]!;
    return start < 0 ? undefined : this.json[start];
  }

  /** The parsed value of one field; undefined if it does not occur. */
  parse(name: number): unknown {
    if (!this.has(name)) return undefined;
    const text = this.text(name);
    const first = this.firstByte(name)!;
    // Numbers are the same in both grammars, and nearly every string is written without escapes.
    if (first === MINUS || IS_DIGIT[first] === 1) return Number(text);
    if (first === QUOTE && !text.includes('\\')) return text.slice(1, -1);
    return JSON.parse(text) as unknown;
  }

  #run(): ScanFault | undefined {
    const { wanted, rule } = this;
    const json = bounded(this.json);
    const length = json[json.length - 1] === 0 ? json.length - 1 : json.length;
    const spans = this.#spans;
    const { depth: maxDepth, values: maxValues } = this.limits;
    const list = rule === undefined ? NO_LIST : rule.list;
    /** The kind of container at each level; the text itself is level 0. */
    const kinds = levelKinds;
    let at = skipSpace(json, 0);
    const root = json[at];
    let depth = 0;
    let values = 0;
    let name = NO_NAME;
    let keyStart = 0;
    let start = 0;
    let index = 0;
    /** Where the rule's field begins in the current element. */
    let fieldStart = -1;
    for (;;) {
      // Here, a member of an object, an element of an array, or the top level begins.
      if (kinds[depth] === IN_OBJECT) {
        if (json[at] !== QUOTE) return 'invalid';
        const key = at;
        // Keys are short, so an inline loop takes less time than a call.
        let plainEnd = at + 1;
        while (plainEnd < length && IS_PLAIN[json[plainEnd]!] === 1) plainEnd++;
        if (plainEnd === length) return 'invalid';
        at = json[plainEnd] === QUOTE ? plainEnd + 1 : endOfString(json, plainEnd);
        if (at < 0) return 'invalid';
        const keyEnd = at - 1;
        const isPlain = plainEnd === keyEnd;
        if (json[at]! <= SPACE) at = skipSpace(json, at);
        if (json[at] !== COLON) return 'invalid';
        if (json[++at]! <= SPACE) at = skipSpace(json, at);
        values++;
        if (depth === 1 || (depth === 3 && name === list)) {
          const names = depth === 1 ? wanted : rule!.field;
          let found = NO_NAME;
          if (!isPlain) found = escapedName(names, json, key, keyEnd);
          else if (((names.lengths[json[key + 1]!]! >>> (keyEnd - key - 1)) & 1) === 1)
            found = names.find(json, key + 1, keyEnd);
          if (depth === 3) {
            if (found >= 0) fieldStart = at;
          } else {
            name = found;
            keyStart = key;
            start = at;
            if (name === list) {
              index = this.elements = 0;
              this.elementFault = undefined;
            }
          }
        }
      }
      if (++values > maxValues) return 'too_many_values';
      const first = json[at];
      if (depth === 2 && name === list) {
        fieldStart = -1;
        if (first !== OPEN_BRACE) this.elementFault ??= { index, isField: false, firstByte: first };
      }
      if (first === QUOTE) {
        at++;
        // As in `endOfPlain`, because a call for each string takes longer.
        while (
          at + 3 < length &&
          (IS_PLAIN[json[at]!]! &
            IS_PLAIN[json[at + 1]!]! &
            IS_PLAIN[json[at + 2]!]! &
            IS_PLAIN[json[at + 3]!]!) ===
            1
        )
          at += 4;
        while (at < length && IS_PLAIN[json[at]!] === 1) at++;
        if (at === length) return 'invalid';
        at = json[at] === QUOTE ? at + 1 : endOfString(json, at);
      } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        if (depth >= maxDepth) return 'too_deep';
        if (json[++at]! <= SPACE) at = skipSpace(json, at);
        if (json[at] !== (first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)) {
          kinds[++depth] = first === OPEN_BRACE ? IN_OBJECT : IN_ARRAY;
          continue;
        }
        at++;
      } else if (IS_DIGIT[first!] === 1) {
        at++;
        if (first !== ZERO) while (IS_DIGIT[json[at]!] === 1) at++;
        if (json[at] === POINT || (json[at]! | LOWER) === LOWER_E) at = endOfFraction(json, at);
      } else at = endOfScalar(json, at);
      if (at < 0) return 'invalid';
      // After a value: the next one, or the end of its container.
      for (;;) {
        if (depth === 1) {
          if (name >= 0) {
            if (spans[name * 3]! >= 0 && (this.repeated < 0 || name < this.repeated)) this.repeated = name;
            spans[name * 3] = keyStart;
            spans[name * 3 + 1] = start;
            spans[name * 3 + 2] = at;
          }
        } else if (depth === 2 && name === list) {
          const byte = fieldStart < 0 ? undefined : json[fieldStart];
          if (byte !== QUOTE) this.elementFault ??= { index, isField: true, firstByte: byte };
          this.elements = ++index;
        } else if (depth === 0) {
          this.values = values;
          if (at !== length) return 'invalid';
          return root === OPEN_BRACE ? undefined : 'not_an_object';
        }
        if (at === length) return 'invalid';
        if (json[at]! <= SPACE) at = skipSpace(json, at);
        const next = json[at++];
        if (next === COMMA) {
          if (json[at]! <= SPACE) at = skipSpace(json, at);
          break;
        }
        if (next !== (kinds[depth] === IN_OBJECT ? CLOSE_BRACE : CLOSE_BRACKET)) return 'invalid';
        depth--;
      }
    }
  }
}

/**
 * Finds a key that is written with escapes: `"mod\u0065l"` is `model`.
 * @param key position of its quote
 * @param end end of the name
 */
function escapedName({ names }: FieldNames, json: Buffer, key: number, end: number): number {
  return names.indexOf(JSON.parse(textOf(json, key, end + 1)) as string);
}

const NO_NAME = -1;
const NO_LIST = -2;
const IN_ARRAY = 0;
const IN_OBJECT = 1;
const AT_ROOT = 2;

/** Shared by all scans, which never overlap because a scan is synchronous. */
const levelKinds: number[] = Array.from({ length: USUAL_DEPTH }, () => AT_ROOT);

function textOf(json: Buffer, start: number, end: number): string {
  return json.toString('utf8', start, end);
}
