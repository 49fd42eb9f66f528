import { MEASURES, DIMENSIONS, type Dimension, type Sums, type TotalRow, Totals } from './figures/totals.js';
import { type SumsQuery, type SumsRow, type UsageBatch, type UsageStore } from './usage-store.js';

/** Maximum number of rows, of about 300 bytes each. */
const MOST_ROWS = 20_000;

/**
 * The usage that this process has seen since its start, in quarters of an hour; the oldest are
 * dropped if there are too many.
 */
export class MemoryStore implements UsageStore {
  readonly #totals = new Totals();

  write({ totals }: UsageBatch): Promise<void> {
    for (const row of totals) this.#totals.merge(row);
    while (this.#totals.size > MOST_ROWS) this.#totals.dropBefore(1 + (this.#totals.rows()[0]![0] as number));
    return Promise.resolve();
  }

  sums(query: SumsQuery): Promise<readonly SumsRow[]> {
    return Promise.resolve(sumUp(this.#totals.rows(), query));
  }

  deleteCalls(): Promise<number> {
    return Promise.resolve(0);
  }

  foldTotals(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function sumUp(rows: readonly TotalRow[], { spans, groupBy, only = {} }: SumsQuery): readonly SumsRow[] {
  const groups = new Map<string, SumsRow & Sums>();
  for (const row of rows) {
    const at = row[0] as number;
    const span = spans.findIndex(({ startMs, endMs }) => at >= startMs && at < endMs);
    if (span < 0 || !Object.entries(only).every(([name, value]) => valueOf(row, name) === value)) continue;
    const names = Object.fromEntries(groupBy.map((name) => [name, valueOf(row, name)]));
    const id = [span, ...Object.values(names)].join('\0');
    let group = groups.get(id);
    if (group === undefined) groups.set(id, (group = { span, names, ...noSums() }));
    for (const [n, measure] of MEASURES.entries()) group[measure] += row[1 + DIMENSIONS.length + n] as number;
  }
  return [...groups.values()];
}

/** All zero. */
export function noSums(): Sums {
  return Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as Sums;
}

function valueOf(row: TotalRow, name: string): string {
  return row[1 + DIMENSIONS.indexOf(name as Dimension)] as string;
}
