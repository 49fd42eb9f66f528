import { CALL_COLUMN_NAMES, CALL_COLUMNS, type CallColumn, type CallRow } from '../call-row.js';

/** Columns whose texts differ from call to call, and have no line ends. All other texts are of few kinds. */
const OWN_TEXTS: readonly CallColumn[] = ['id', 'request_id', 'trace_id'];
const LINE_END = '\n';

const isText = (column: CallColumn): boolean => CALL_COLUMNS[column] === 'text';
const at = (names: readonly CallColumn[]): readonly number[] =>
  names.map((name) => CALL_COLUMN_NAMES.indexOf(name));
const OWN = at(OWN_TEXTS);
const WORDS = at(CALL_COLUMN_NAMES.filter((name) => isText(name) && !OWN_TEXTS.includes(name)));
const NUMBERS = at(CALL_COLUMN_NAMES.filter((name) => !isText(name)));
const WIDTH = NUMBERS.length + WORDS.length;
const EMPTY: CallRow = CALL_COLUMN_NAMES.map(() => null);
/** Of the own texts of a call. They are about 50; room for more is made when they come. */
const BYTES_PER_CALL = 64;
/** Of a unit of UTF-16 in UTF-8, at most. */
const BYTES_PER_UNIT = 3;

/** Rows of calls in a form that is cheap to make, to keep and to give to a thread. */
export interface PackedCalls {
  /** For each call its numbers, and the places of its texts among `words`; NaN stands for null. */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly words: readonly string[];
  /** In UTF-8: for each call its own texts, each with a line end; empty for null. */
  readonly texts: Uint8Array<ArrayBuffer>;
}

/**
 * Takes rows of calls in. Rows that live until they are written would be copied by two collections of young garbage, and
 * then lie among the old; numbers outside of V8's heap are not.
 */
export class CallPacker {
  #numbers: Float64Array<ArrayBuffer>;
  #end = 0;
  #texts: Buffer;
  #textsEnd = 0;
  #words = new Map<string, number>();
  #last: CallRow | undefined;

  /** @param most how many calls it takes */
  constructor(most: number) {
    this.#numbers = new Float64Array(most * WIDTH);
    this.#texts = Buffer.allocUnsafeSlow(most * BYTES_PER_CALL);
  }

  /** A copy. */
  get calls(): PackedCalls {
    return {
      numbers: this.#numbers.slice(0, this.#end),
      words: [...this.#words.keys()],
      texts: new Uint8Array(this.#texts.subarray(0, this.#textsEnd)),
    };
  }

  add(call: CallRow): void {
    const numbers = this.#numbers;
    let end = this.#end;
    for (const column of NUMBERS) numbers[end++] = (call[column] as number | null) ?? NaN;
    for (const column of WORDS) {
      const word = call[column] as string | null;
      // Calls of one client come in rows.
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

  /** Forgets all calls. */
  clear(): void {
    this.#end = 0;
    this.#textsEnd = 0;
    this.#words = new Map();
    this.#last = undefined;
  }

  #write(text: string): void {
    const most = this.#textsEnd + BYTES_PER_UNIT * text.length;
    if (most > this.#texts.length) this.#texts = Buffer.concat([this.#texts], 2 * most);
    this.#textsEnd += this.#texts.write(text, this.#textsEnd);
  }

  #placeOf(word: string): number {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    this.#words.set(word, this.#words.size);
    return this.#words.size - 1;
  }
}

export function rowsOf({ numbers, words, texts }: PackedCalls): readonly CallRow[] {
  const own = Buffer.from(texts.buffer).toString().split(LINE_END);
  const rows: CallRow[] = [];
  for (let start = 0; start < numbers.length; start += WIDTH) {
    const row: (string | number | null)[] = [...EMPTY];
    let from = start;
    for (const column of NUMBERS) {
      const value = numbers[from++]!;
      if (!Number.isNaN(value)) row[column] = value;
    }
    for (const column of WORDS) row[column] = words[numbers[from++]!] ?? null;
    for (const [n, column] of OWN.entries()) row[column] = own[rows.length * OWN.length + n]! || null;
    rows.push(row);
  }
  return rows;
}

/** The rows, as JSON. */
export function jsonOf(calls: PackedCalls): string {
  return JSON.stringify(rowsOf(calls));
}
