import { LINE_END } from './packed-calls.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LINE_END_BYTE = LINE_END.charCodeAt(0);
const ZERO = 0x30;
const POINT = 0x2e;
const NULL = Buffer.from('null');

/** Maximum length of a number in JSON. */
const MOST_DIGITS = 32;
/** Whole numbers below this bound are written in one part of 32 bits, larger ones in two. */
const ONE_PART = 1e9;
const LOWER_DIGITS = 6;
const LOWER_PART = 10 ** LOWER_DIGITS;
const TWO_PARTS = ONE_PART * LOWER_PART;

/** JSON in UTF-8 that is written byte by byte. */
export class JsonBytes {
  #bytes: Buffer;
  #length = 0;

  /** @param size expected number of bytes; the buffer grows when necessary */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @param byte a bracket or comma, in ASCII */
  mark(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  /** @param json a complete value */
  value(json: Uint8Array): void {
    this.#copy(json, 0, json.length);
  }

  /** Writes the bytes between two positions again. */
  again(begin: number, end: number): void {
    this.#makeRoom(end - begin);
    this.#bytes.copyWithin(this.#length, begin, end);
    this.#length += end - begin;
  }

  /** @param value NaN and Infinity are written as null */
  number(value: number): void {
    this.#makeRoom(MOST_DIGITS);
    const tenths = Math.round(value * 10);
    if (!Number.isFinite(value)) this.value(NULL);
    else if (value < 0 || value >= TWO_PARTS / 10 || tenths / 10 !== value)
      this.value(Buffer.from(String(value)));
    else {
      const whole = Math.floor(tenths / 10);
      if (whole < ONE_PART) this.#digits(whole, 1);
      else {
        const upper = Math.floor(whole / LOWER_PART);
        this.#digits(upper, 1);
        this.#digits(whole - upper * LOWER_PART, LOWER_DIGITS);
      }
      if (whole === value) return;
      this.#bytes[this.#length++] = POINT;
      this.#digits(tenths - whole * 10, 1);
    }
  }

  /**
   * Writes a text that ends with a line end; null if it is empty.
   * @param begin its position in `texts`
   * @returns the position of the next text
   */
  line(texts: Uint8Array, begin: number): number {
    let end = begin;
    let isPlain = true;
    for (let byte = texts[end]!; byte !== LINE_END_BYTE; byte = texts[++end]!)
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) isPlain = false;
    if (end === begin) this.value(NULL);
    else if (isPlain) {
      this.mark(QUOTE);
      this.#copy(texts, begin, end);
      this.mark(QUOTE);
    } else this.value(Buffer.from(JSON.stringify(Buffer.from(texts.subarray(begin, end)).toString())));
    return end + 1;
  }

  #copy(from: Uint8Array, begin: number, end: number): void {
    this.#makeRoom(end - begin);
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = begin; at < end; at++) bytes[length++] = from[at]!;
    this.#length = length;
  }

  /**
   * @param value below ONE_PART
   * @param least minimum number of digits, reached by leading zeros
   */
  #digits(value: number, least: number): void {
    let count = least;
    for (let bound = 10 ** least; bound <= value; bound *= 10) count++;
    let rest = value | 0;
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const upper = (rest / 10) | 0;
      this.#bytes[at] = ZERO + rest - upper * 10;
      rest = upper;
    }
    this.#length += count;
  }

  #makeRoom(size: number): void {
    const most = this.#length + size;
    if (most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * most);
    larger.set(this.written);
    this.#bytes = larger;
  }
}
