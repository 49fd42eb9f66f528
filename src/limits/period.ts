import { type BudgetPeriod } from '../config/auth.config.js';
import { firstInstant, wallTime } from '../config/time/zoned-time.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One hour, day, week, month or year of the calendar in some time zone, or all time. */
export interface Period {
  /** `2026-11-28T13`, `2026-11-28`, `2026-W48` (ISO 8601), `2026-11`, `2026`, or `total`. */
  readonly id: string;
  /** Its first instant, in milliseconds since 1970; 0 for `total`. */
  readonly startMs: number;
  /** The first instant after it; Infinity for `total`. */
  readonly endMs: number;
}

const TOTAL: Period = { id: 'total', startMs: 0, endMs: Infinity };

/** The latest period of each kind and zone, because calls arrive in order of time. */
const latest = new Map<string, Partial<Record<BudgetPeriod, Period>>>();

/**
 * The calendar period that contains an instant. Periods follow each other without gaps, even if a
 * day has 23 or 25 hours or begins at one o'clock. An hour that clocks repeat when daylight saving
 * ends belongs to one period of two hours.
 * @param atMs milliseconds since 1970
 * @param timeZone an IANA name
 */
export function periodOf(per: BudgetPeriod, atMs: number, timeZone: string): Period {
  if (per === 'total') return TOTAL;
  let known = latest.get(timeZone);
  if (known === undefined) latest.set(timeZone, (known = {}));
  const last = known[per];
  if (last !== undefined && atMs >= last.startMs && atMs < last.endMs) return last;
  return (known[per] = find(per, atMs, timeZone));
}

function find(per: Exclude<BudgetPeriod, 'total'>, atMs: number, timeZone: string): Period {
  let begin = beginOf(per, wallTime(atMs, timeZone));
  for (;;) {
    const next = nextOf(per, begin);
    const endMs = firstInstant(next, timeZone);
    // Clocks that are set back across the end of a period show a time in that period again, but the
    // period has ended.
    if (atMs < endMs) return { id: idOf(per, begin), startMs: firstInstant(begin, timeZone), endMs };
    begin = next;
  }
}

/** The local time at which the period of `wallMs` begins. */
function beginOf(per: Exclude<BudgetPeriod, 'total'>, wallMs: number): number {
  const date = new Date(wallMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const day = Math.floor(wallMs / DAY_MS) * DAY_MS;
  switch (per) {
    case 'hour':
      return Math.floor(wallMs / HOUR_MS) * HOUR_MS;
    case 'day':
      return day;
    case 'week':
      return day - daysSinceMonday(date) * DAY_MS;
    case 'month':
      return Date.UTC(year, month, 1);
    case 'year':
      return Date.UTC(year, 0, 1);
  }
}

function nextOf(per: Exclude<BudgetPeriod, 'total'>, begin: number): number {
  const date = new Date(begin);
  switch (per) {
    case 'hour':
      return begin + HOUR_MS;
    case 'day':
      return begin + DAY_MS;
    case 'week':
      return begin + 7 * DAY_MS;
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    case 'year':
      return Date.UTC(date.getUTCFullYear() + 1, 0, 1);
  }
}

function idOf(per: Exclude<BudgetPeriod, 'total'>, begin: number): string {
  const text = new Date(begin).toISOString();
  switch (per) {
    case 'hour':
      return text.slice(0, 'YYYY-MM-DDTHH'.length);
    case 'day':
      return text.slice(0, 'YYYY-MM-DD'.length);
    case 'week':
      return weekOf(begin);
    case 'month':
      return text.slice(0, 'YYYY-MM'.length);
    case 'year':
      return text.slice(0, 'YYYY'.length);
  }
}

/**
 * A week belongs to the year of its Thursday (ISO 8601).
 * @param monday its first day
 */
function weekOf(monday: number): string {
  const thursday = monday + 3 * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

function daysSinceMonday(date: Date): number {
  return (date.getUTCDay() + 6) % 7;
}
