import { startOfDay, wallTime } from '../../config/time/zoned-time.js';
import { noSums } from '../memory-store.js';
import { DIMENSIONS, type Dimension, type Sums } from './totals.js';
import { type SumsQuery, type TimeSpan } from '../usage-store.js';

export const GROUPS = [...DIMENSIONS, 'day'] as const;
export type Group = (typeof GROUPS)[number];

/** Maximum number of days that are listed individually. */
export const MOST_DAYS = 1000;

const BILLION = 1_000_000_000;

/** A request for usage figures. */
export interface FiguresRequest {
  /** The first instant; default: the beginning of the current month. */
  readonly fromMs?: number;
  /** The first instant after the span; default: no end. */
  readonly toMs?: number;
  /** One row per combination; if empty, one row for all calls. */
  readonly groupBy: readonly Group[];
  /** Only the calls of keys with this name. */
  readonly key?: string;
}

/**
 * The usage of calls, with the names of the wire format. Null means none: no team, a model that
 * does not exist, no error.
 */
export interface Figures extends Omit<Sums, 'cost_nano' | 'priced_requests'> {
  readonly key?: string;
  readonly team?: string | null;
  readonly model?: string | null;
  readonly operation?: string;
  readonly error?: string | null;
  /** `YYYY-MM-DD`. */
  readonly day?: string;
  /** The sum of the known costs; null if calls used something and none of their costs is known. */
  readonly cost_usd: number | null;
}

/** The figures that are whole numbers, in display order. */
export const COUNTS = [
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'estimated_requests',
  'uncounted_requests',
  'unpriced_requests',
] as const satisfies readonly (keyof Figures)[];

/** A source of sums. */
interface SumsSource {
  sums(
    query: SumsQuery,
  ): Promise<
    readonly ({ readonly span: number; readonly names: Partial<Record<Dimension, string>> } & Sums)[]
  >;
}

/** The first instant of the current month in a zone. */
export function startOfMonth(atMs: number, timeZone: string): number {
  const date = new Date(wallTime(atMs, timeZone));
  return startOfDay({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: 1 }, timeZone);
}

/** The first instant of the day that is `days` days after the current one in a zone. */
export function startOfDayAfter(atMs: number, days: number, timeZone: string): number {
  const date = new Date(wallTime(atMs, timeZone));
  return startOfDay(
    { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() + days },
    timeZone,
  );
}

/**
 * Sums up the usage of calls, sorted by day and names.
 * @param timeZone the zone of days and months
 * @throws RangeError for more than MOST_DAYS by day
 */
export async function figures(
  source: SumsSource,
  { fromMs, toMs = Number.MAX_SAFE_INTEGER, groupBy, key }: FiguresRequest,
  timeZone: string,
  nowMs = Date.now(),
): Promise<Figures[]> {
  const span = { startMs: fromMs ?? startOfMonth(nowMs, timeZone), endMs: toMs };
  const days = groupBy.includes('day') ? daysOf(span, timeZone, nowMs) : undefined;
  const names = DIMENSIONS.filter((name) => groupBy.includes(name));
  const rows = await source.sums({
    spans: days ?? [span],
    groupBy: names,
    ...(key !== undefined && { only: { key } }),
  });
  if (rows.length === 0 && groupBy.length === 0) return [figuresOf(noSums(), {})];
  const sorted = rows.toSorted((a, b) => a.span - b.span || compare(names, a.names, b.names));
  return sorted.map((row) => ({
    ...(days !== undefined && { day: days[row.span]!.day }),
    ...figuresOf(row, row.names),
  }));
}

interface Day extends TimeSpan {
  readonly day: string;
}

/** The days of a span up to now; the first and the last one may be partial. */
function daysOf({ startMs, endMs }: TimeSpan, timeZone: string, nowMs: number): readonly Day[] {
  const untilMs = Math.min(endMs, startOfDayAfter(nowMs, 1, timeZone));
  const days: Day[] = [];
  for (let atMs = startMs; atMs < untilMs;) {
    if (days.length === MOST_DAYS) throw new RangeError('too many days');
    const nextMs = startOfDayAfter(atMs, 1, timeZone);
    const day = new Date(wallTime(atMs, timeZone)).toISOString().slice(0, 'YYYY-MM-DD'.length);
    days.push({ day, startMs: atMs, endMs: Math.min(nextMs, untilMs) });
    atMs = nextMs;
  }
  return days;
}

function figuresOf(sums: Sums, names: Partial<Record<Dimension, string>>): Figures {
  const { key, team, model, operation, error } = names;
  return {
    ...(key !== undefined && { key }),
    ...(team !== undefined && { team: team || null }),
    ...(model !== undefined && { model: model || null }),
    ...(operation !== undefined && { operation }),
    ...(error !== undefined && { error: error || null }),
    ...(Object.fromEntries(COUNTS.map((name) => [name, sums[name]])) as Record<
      (typeof COUNTS)[number],
      number
    >),
    cost_usd: sums.priced_requests === 0 && sums.unpriced_requests > 0 ? null : sums.cost_nano / BILLION,
  };
}

function compare(
  names: readonly Dimension[],
  a: Partial<Record<Dimension, string>>,
  b: Partial<Record<Dimension, string>>,
): number {
  for (const name of names) if (a[name] !== b[name]) return a[name]! < b[name]! ? -1 : 1;
  return 0;
}
