import { CALL_COLUMN_NAMES, type CallColumn, type CallRow } from '../call-row.js';

/** In every time zone, days begin at a quarter of an hour of UTC. */
export const SLOT_MS = 15 * 60_000;

/**
 * The properties by which calls are grouped, besides time. An empty name means none: no team, no
 * known model, no error.
 */
export const DIMENSIONS = ['key', 'team', 'model', 'operation', 'error'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The measures that are summed up. */
export const MEASURES = [
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'estimated_requests',
  'uncounted_requests',
  /** Of the calls that used something: those whose cost is known, and those whose cost is not. */
  'priced_requests',
  'unpriced_requests',
  /** The sum of the known costs. */
  'cost_nano',
] as const;
export type Measure = (typeof MEASURES)[number];
export type Sums = Record<Measure, number>;

/** The columns of a total, in the order of a row. */
export const TOTAL_COLUMN_NAMES = ['at', ...DIMENSIONS, ...MEASURES] as const;

/** The sums of the calls of one quarter of an hour with the same names: a value for each column. */
export type TotalRow = readonly (string | number)[];

/** How to compute a measure from the columns of a call, in SQL. */
export const MEASURE_SQL: Readonly<Record<Measure, string>> = {
  requests: '1',
  errors: 'case when error is null then 0 else 1 end',
  prompt_tokens: 'coalesce(prompt_tokens, 0)',
  cached_tokens: 'coalesce(cached_tokens, 0)',
  cache_write_tokens: 'coalesce(cache_write_tokens, 0)',
  completion_tokens: 'coalesce(completion_tokens, 0)',
  reasoning_tokens: 'coalesce(reasoning_tokens, 0)',
  estimated_requests: 'estimated',
  uncounted_requests: 'uncounted',
  priced_requests:
    'case when cost_nano > 0 or (cost_nano = 0 and prompt_tokens is not null) then 1 else 0 end',
  unpriced_requests: 'case when cost_nano is null then 1 else 0 end',
  cost_nano: 'coalesce(cost_nano, 0)',
};

const INDEX = Object.fromEntries(CALL_COLUMN_NAMES.map((column, at) => [column, at])) as Record<
  CallColumn,
  number
>;
const FIRST_MEASURE = 1 + DIMENSIONS.length;
const NAME_INDEXES = DIMENSIONS.map((name) => INDEX[name]);
/** The measures that are columns of a call, between `errors` and `priced_requests`. */
const COUNTED_INDEXES = (
  [
    'prompt_tokens',
    'cached_tokens',
    'cache_write_tokens',
    'completion_tokens',
    'reasoning_tokens',
    'estimated',
    'uncounted',
  ] as const
).map((column) => INDEX[column]);

export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS) * SLOT_MS;
}

/** Sums up calls by quarter of an hour and names. */
export class Totals {
  readonly #rows = new Map<string, (string | number)[]>();
  #last: { readonly at: number; readonly call: CallRow; readonly row: (string | number)[] } | undefined;

  get size(): number {
    return this.#rows.size;
  }

  /** Sorted, so that processes that update the same rows of a database do so in the same order. */
  rows(): readonly TotalRow[] {
    return [...this.#rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  add(call: CallRow): void {
    const at = slotOf(call[INDEX.at] as number);
    // Consecutive calls are often of one client, and building the key of a sum costs more than
    // everything else here.
    const last = this.#last;
    const isSame = last !== undefined && last.at === at && hasSameNames(last.call, call);
    let row = last?.row;
    if (!isSame) {
      row = this.#rowOf(
        at,
        NAME_INDEXES.map((column) => (call[column] as string | null) ?? ''),
      );
      this.#last = { at, call, row };
    }
    addTo(row as number[], call);
  }

  /** Adds the sums of another total. */
  merge(other: TotalRow): void {
    const row = this.#rowOf(other[0] as number, other.slice(1, FIRST_MEASURE) as string[]) as number[];
    for (let at = FIRST_MEASURE; at < row.length; at++) row[at]! += other[at] as number;
  }

  #rowOf(at: number, names: readonly string[]): (string | number)[] {
    const id = `${at}\0${names.join('\0')}`;
    let row = this.#rows.get(id);
    if (row === undefined) this.#rows.set(id, (row = [at, ...names, ...MEASURES.map(() => 0)]));
    return row;
  }

  /** Drops older totals. */
  dropBefore(atMs: number): void {
    this.#last = undefined;
    for (const [id, [at]] of this.#rows) if ((at as number) < atMs) this.#rows.delete(id);
  }
}

function hasSameNames(one: CallRow, other: CallRow): boolean {
  for (const column of NAME_INDEXES) if (one[column] !== other[column]) return false;
  return true;
}

/** Adds a call to the measures of a row, in the order of MEASURES. */
function addTo(row: number[], call: CallRow): void {
  const cost = call[INDEX.cost_nano] as number | null;
  let at = FIRST_MEASURE;
  row[at++]! += 1;
  row[at++]! += call[INDEX.error] === null ? 0 : 1;
  for (const column of COUNTED_INDEXES) row[at++]! += (call[column] as number | null) ?? 0;
  row[at++]! += cost !== null && (cost > 0 || call[INDEX.prompt_tokens] !== null) ? 1 : 0;
  row[at++]! += cost === null ? 1 : 0;
  row[at]! += cost ?? 0;
}
