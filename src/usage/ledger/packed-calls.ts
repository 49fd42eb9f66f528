import { CALL_COLUMN_NAMES, CALL_COLUMNS, type CallColumn, type CallRow } from '../call-row.js';

/**
 * Columns whose texts differ from call to call and contain no line breaks. All other texts have few
 * different values.
 */
const OWN_TEXTS: readonly CallColumn[] = ['id', 'request_id', 'trace_id'];
export const LINE_END = '\n';

const isText = (column: CallColumn): boolean => CALL_COLUMNS[column] === 'text';
const at = (names: readonly CallColumn[]): readonly number[] =>
  names.map((name) => CALL_COLUMN_NAMES.indexOf(name));
/** The columns with unique texts, with repeated texts, and with numbers. */
export const OWN = at(OWN_TEXTS);
export const WORDS = at(CALL_COLUMN_NAMES.filter((name) => isText(name) && !OWN_TEXTS.includes(name)));
export const NUMBERS = at(CALL_COLUMN_NAMES.filter((name) => !isText(name)));
/** Number of numeric values per call. */
export const WIDTH = NUMBERS.length + WORDS.length;
/** Space for the unique texts of a call, which have about 50 bytes; grows when necessary. */
const BYTES_PER_CALL = 64;
/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

/**
 * Rows of calls in a form that is cheap to create, to store and to read in another thread, which
 * shares the memory.
 */
export interface PackedCalls {
  /** Per call its numbers, and the indexes of its texts in `words`; NaN means null. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly words: readonly string[];
  /** In UTF-8: per call its unique texts, each with a line break; empty means null. */
  readonly texts: Uint8Array<SharedArrayBuffer>;
}

/**
 * Packs rows of calls. As objects, rows that live until they are written would be copied by two
 * collections of young garbage and then stay in the old generation; numbers outside V8's heap are
 * not.
 */
export class CallPacker {
  readonly #numbers: Float64Array<SharedArrayBuffer>;
  #end = 0;
  #texts: Buffer<SharedArrayBuffer>;
  #textsEnd = 0;
  #words = new Map<string, number>();
  #last: CallRow | undefined;

  /** @param most maximum number of calls */
  constructor(most: number) {
    this.#numbers = new Float64Array(new SharedArrayBuffer(most * WIDTH * Float64Array.BYTES_PER_ELEMENT));
    this.#texts = Buffer.from(new SharedArrayBuffer(most * BYTES_PER_CALL));
  }

  /** Valid until the packer is cleared. */
  get calls(): PackedCalls {
    return {
      numbers: this.#numbers.subarray(0, this.#end),
      words: [...this.#words.keys()],
      texts: this.#texts.subarray(0, this.#textsEnd),
    };
  }

  add(call: CallRow): void {
    const numbers = this.#numbers;
    let end = this.#end;
    for (const column of NUMBERS) numbers[end++] = (call[column] as number | null) ?? NaN;
    for (const column of WORDS) {
      const word = call[column] as string | null;
      // Consecutive calls are often of one client.
      if (word === null) numbers[end] = NaN;
      else numbers[end] = word === this.#last?.[column] ? numbers[end - WIDTH]! : this.#placeOf(word);
      end++;
    }
    this.#end = end;
    this.#last = call;
    let texts = '';
    for (const column of OWN) texts += ((call[column] as string | null) ?? '') + LINE_END;
    this.#write(texts);
  }

  /** Removes all calls. */
  clear(): void {
    this.#end = 0;
    this.#textsEnd = 0;
    this.#words = new Map();
    this.#last = undefined;
  }

  #write(text: string): void {
    const most = this.#textsEnd + BYTES_PER_UNIT * text.length;
    if (most > this.#texts.length) {
      const larger = Buffer.from(new SharedArrayBuffer(2 * most));
      larger.set(this.#texts);
      this.#texts = larger;
    }
    this.#textsEnd += this.#texts.write(text, this.#textsEnd);
  }

  #placeOf(word: string): number {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    this.#words.set(word, this.#words.size);
    return this.#words.size - 1;
  }
}
