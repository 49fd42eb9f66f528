import { isUtf8 } from 'node:buffer';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type Span } from '../../protocol/scanning/splice.js';
import { type PartHead, readPartHead } from './part-head.js';

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** Maximum size of the headers of one part. */
const MAX_HEAD_BYTES = 16_384;
/** Maximum white space between a boundary and the end of its line. */
const MAX_PADDING_BYTES = 256;
/** Maximum size of a value that is read, such as a model's name or a flag. */
const MAX_VALUE_BYTES = 4096;
const EMPTY_LINE_BYTES = 2;
const NOTHING = Buffer.alloc(0);

/** A field of a form, and the position of its value. */
export interface FormField extends Span {
  readonly text: string;
}

/**
 * `content`: before the first boundary, or in a part; `head`: in the headers of a part; `epilogue`:
 * after the last boundary.
 */
type Place = 'content' | 'head' | 'epilogue';

/**
 * Reads a form (`multipart/form-data`, RFC 7578 and RFC 2046) as it passes through, and notes its
 * wanted fields; bytes are neither changed nor stored. Boundaries that parsers interpret
 * differently are refused.
 */
export class FormScan {
  /** Bytes of the form read so far. */
  length = 0;
  readonly #fields = new Map<string, FormField>();
  readonly #boundary: Buffer;
  #place: Place = 'content';
  /** Bytes that cannot be judged before more arrive. A form may begin with its first boundary. */
  #rest: Buffer = Buffer.from('\r\n');
  /** The wanted field whose value is being read; undefined in any other part. */
  #name: string | undefined;
  #value: Buffer = NOTHING;
  #start = 0;
  /**
   * How many of the next bytes precede the content: the empty line, whose line break must not also
   * count as the one before a boundary.
   */
  #lead = 0;

  constructor(
    boundary: string,
    private readonly wanted: ReadonlySet<string>,
  ) {
    this.#boundary = Buffer.from(`\n--${boundary}`, 'latin1');
  }

  /** Whether the last boundary has arrived; bytes after it belong to no part. */
  get isOver(): boolean {
    return this.#place === 'epilogue';
  }

  field(name: string): FormField | undefined {
    return this.#fields.get(name);
  }

  /**
   * @throws InvalidRequestError for an invalid form, and for a wanted field that occurs twice or
   * has an invalid value
   */
  push(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.isOver) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    /** The position of `bytes` in the form. */
    const offset = this.length - bytes.length;
    let at = 0;
    let next: number | undefined = 0;
    while (next !== undefined) {
      at = next;
      next =
        this.#place === 'content' ? this.#readContent(bytes, at, offset) : this.#readHead(bytes, at, offset);
      if (this.isOver) {
        this.#rest = NOTHING;
        return;
      }
    }
    // A copy, because a slice of a few bytes would keep the whole chunk in memory.
    this.#rest = Buffer.from(bytes.subarray(this.#judged(bytes, at)));
  }

  /** @returns where to read on; undefined if more bytes are needed */
  #readContent(bytes: Buffer, from: number, offset: number): number | undefined {
    const found = bytes.indexOf(this.#boundary, from);
    if (found < 0) return undefined;
    const end = found > from && bytes[found - 1] === CR ? found - 1 : -1;
    if (end < 0) throw malformed('a boundary that does not begin a line of its own');
    if (end - from < this.#lead) throw malformed('a part without the empty line behind its headers');
    const next = this.#readBoundary(bytes, found + this.#boundary.length);
    if (next === undefined) return undefined;
    this.#endPart(bytes.subarray(from, end), offset + end);
    this.#place = next < 0 ? 'epilogue' : 'head';
    return next;
  }

  /**
   * @returns where the next part begins; -1 after the last one; undefined if more bytes are needed
   */
  #readBoundary(bytes: Buffer, from: number): number | undefined {
    if (bytes[from] === DASH && (bytes[from + 1] ?? DASH) === DASH)
      return from + 1 < bytes.length ? -1 : undefined;
    let at = from;
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    if (at - from > MAX_PADDING_BYTES) throw malformed('a boundary whose line does not end');
    if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
    if (at === bytes.length || (bytes[at] === CR && at + 1 === bytes.length)) return undefined;
    throw malformed('a boundary with something behind it');
  }

  #readHead(bytes: Buffer, from: number, offset: number): number | undefined {
    // A part without headers begins with the empty line.
    if (bytes[from] === CR && bytes[from + 1] === LF)
      return this.#beginPart(readPartHead(''), from + 2, offset);
    const end = bytes.indexOf(END_OF_HEAD, from);
    if ((end < 0 ? bytes.length : end) - from > MAX_HEAD_BYTES)
      throw malformed('a part whose headers do not end');
    if (end < 0) return undefined;
    const block = bytes.toString('utf8', from, end);
    if (/(?<!\r)\n|\r(?!\n)|\0/.test(block)) throw malformed('headers whose lines do not end in CR LF');
    return this.#beginPart(readPartHead(block), end + END_OF_HEAD.length, offset);
  }

  #beginPart(head: PartHead, at: number, offset: number): number {
    const { name } = head;
    this.#place = 'content';
    this.#lead = EMPTY_LINE_BYTES;
    this.#name = name !== undefined && this.wanted.has(name) ? name : undefined;
    if (this.#name === undefined) return at - EMPTY_LINE_BYTES;
    const shown = this.#name;
    if (this.#fields.has(shown)) {
      throw new InvalidRequestError('invalid_value', `The field '${shown}' occurs twice.`, shown);
    }
    if (head.isFile)
      throw new InvalidRequestError('invalid_type', `'${shown}' must be a text, not a file.`, shown);
    if (head.isEncoded) {
      throw new InvalidRequestError('invalid_value', `'${shown}' must not be in a transfer encoding.`, shown);
    }
    this.#value = NOTHING;
    this.#start = offset + at;
    return at - EMPTY_LINE_BYTES;
  }

  #endPart(last: Buffer, end: number): void {
    const name = this.#name;
    if (name === undefined) return;
    this.#keep(last.subarray(this.#lead), name);
    const value = this.#value;
    if (!isUtf8(value)) throw new InvalidRequestError('invalid_value', `'${name}' must be UTF-8.`, name);
    this.#fields.set(name, { start: this.#start, end, text: value.toString() });
    this.#name = undefined;
    this.#value = NOTHING;
  }

  #keep(bytes: Buffer, name: string): void {
    if (this.#value.length + bytes.length > MAX_VALUE_BYTES) {
      throw new InvalidRequestError(
        'invalid_value',
        `'${name}' is longer than ${MAX_VALUE_BYTES} bytes.`,
        name,
      );
    }
    this.#value = Buffer.concat([this.#value, bytes]);
  }

  /** @returns how many of `bytes` are finished with; a boundary may begin after them */
  #judged(bytes: Buffer, from: number): number {
    if (this.#place === 'head') return from;
    let end = bytes.length;
    const earliest = Math.max(from, end - this.#boundary.length - 1);
    const found = bytes.indexOf(this.#boundary, from);
    if (found >= 0) end = Math.max(from, found - 1);
    else {
      // The longest ending that can begin a boundary.
      for (let at = earliest; at < bytes.length; at++) {
        if (bytes[at] !== CR && bytes[at] !== LF) continue;
        if (!this.#canBegin(bytes, bytes[at] === CR ? at + 1 : at)) continue;
        end = at;
        break;
      }
    }
    if (end === from) return end;
    if (this.#name !== undefined) this.#keep(bytes.subarray(from + this.#lead, end), this.#name);
    this.#lead = 0;
    return end;
  }

  #canBegin(bytes: Buffer, at: number): boolean {
    const length = bytes.length - at;
    return length < this.#boundary.length && bytes.compare(this.#boundary, 0, length, at) === 0;
  }
}

function malformed(what: string): InvalidRequestError {
  return new InvalidRequestError(
    'invalid_value',
    `The form is not valid 'multipart/form-data': it has ${what}.`,
  );
}
