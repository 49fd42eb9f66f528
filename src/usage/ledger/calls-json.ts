import { CALL_COLUMN_NAMES, type CallColumn, type CallRow } from '../call-row.js';
import { LINE_END, NUMBERS, OWN, type PackedCalls, WIDTH, WORDS } from './packed-calls.js';

export function rowsOf(calls: PackedCalls): readonly CallRow[] {
  return JSON.parse(jsonOf(calls)) as CallRow[];
}

/**
 * Columns that differ from call to call; most calls of a batch share the values of the others,
 * individually or together.
 */
const VARYING: ReadonlySet<CallColumn> = new Set<CallColumn>([
  'at',
  'prompt_tokens',
  'completion_tokens',
  'cost_nano',
  'duration_ms',
  'first_token_ms',
]);

/** Adjacent columns of a row: one unique text, or numbers and repeated texts. */
type Piece = { readonly own: number } | { readonly values: readonly Place[] };
/** The position of a value among a call's numbers and text indexes. */
interface Place {
  readonly at: number;
  readonly isWord: boolean;
}

const PIECES: readonly Piece[] = pieces();

function pieces(): readonly Piece[] {
  const found: Piece[] = [];
  let shared: Place[] | undefined;
  for (const [column, name] of CALL_COLUMN_NAMES.entries()) {
    const isWord = WORDS.includes(column);
    const at = isWord ? NUMBERS.length + WORDS.indexOf(column) : NUMBERS.indexOf(column);
    const isOwn = OWN.includes(column);
    const isAlone = isOwn || VARYING.has(name);
    if (isOwn) found.push({ own: OWN.indexOf(column) });
    else if (!isAlone && shared !== undefined) shared.push({ at, isWord });
    else found.push({ values: (shared = [{ at, isWord }]) });
    if (isAlone) shared = undefined;
  }
  return found;
}

/** Characters that JSON escapes in unique texts. */
const ESCAPED = /["\\]|[^\n -\uffff]/;

/**
 * The rows as JSON. Values that a call shares with the previous one are not serialised again, which
 * would be most of the work.
 */
export function jsonOf({ numbers, words, texts }: PackedCalls): string {
  const all = Buffer.from(texts.buffer, texts.byteOffset, texts.length).toString();
  const quote = ESCAPED.test(all) ? JSON.stringify : (text: string): string => `"${text}"`;
  const own = all.split(LINE_END);
  const quoted = words.map((word) => JSON.stringify(word));
  const said = PIECES.map(() => '');
  const rows: string[] = [];
  for (let start = 0; start < numbers.length; start += WIDTH) {
    let row = '';
    for (const [n, piece] of PIECES.entries()) {
      if ('own' in piece) {
        const text = own[rows.length * OWN.length + piece.own]!;
        row += text === '' ? ',null' : `,${quote(text)}`;
        continue;
      }
      if (start === 0 || !isRepeated(piece.values, numbers, start))
        said[n] = piece.values
          .map(({ at, isWord }) => jsonValue(numbers[start + at]!, isWord, quoted))
          .join('');
      row += said[n]!;
    }
    rows.push(row.slice(1));
  }
  return rows.length === 0 ? '[]' : `[[${rows.join('],[')}]]`;
}

/** Whether the previous call has the same values. */
function isRepeated(places: readonly Place[], numbers: Float64Array, start: number): boolean {
  for (const { at } of places) if (!Object.is(numbers[start + at], numbers[start - WIDTH + at])) return false;
  return true;
}

function jsonValue(value: number, isWord: boolean, quoted: readonly string[]): string {
  if (!Number.isFinite(value)) return ',null';
  return isWord ? `,${quoted[value]!}` : `,${value}`;
}
