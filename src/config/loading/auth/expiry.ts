import { startOfDay } from '../../zoned-time.js';
import { type LoadReport } from '../load-report.js';
import { formatKey } from '../yaml-path.js';
import { type PlacedKey } from './team-rules.js';

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
/** RFC 3339, section 5.6, which allows a space and small letters. */
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;
const EXPECTED =
  'expected a date such as "2027-01-31", the last day on which the key is valid, or an RFC 3339 time such as "2027-01-31T18:00:00+08:00"';

const DAY_MS = 24 * 3_600_000;
/** So long before its end, a start warns of a key. */
const NOTICE_DAYS = 14;

/** When a key ends, or what is wrong with the text. */
export type Expiry =
  | { readonly atMs: number; readonly problem?: undefined }
  | { readonly atMs?: undefined; readonly problem: string };

/**
 * Reads `expires_at`.
 * @param timeZone of dates
 */
export function readExpiry(text: string, timeZone: string): Expiry {
  const date = DATE.exec(text);
  if (date !== null) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
    if (!isDay(text)) return { problem: `is not a day of the calendar, ${EXPECTED}` };
    return { atMs: startOfDay({ year, month, day: day + 1 }, timeZone) };
  }
  const time = TIME.exec(text);
  if (time === null) return { problem: EXPECTED };
  const [hour, minute, second, offsetHour = 0, offsetMinute = 0] = time
    .slice(2)
    .map((digits: string | undefined) => (digits === undefined ? undefined : Number(digits)));
  const isTime = isDay(time[1]!) && hour! < 24 && minute! < 60 && second! < 60;
  if (!isTime || offsetHour > 23 || offsetMinute > 59) {
    return { problem: `is not a time of the calendar, ${EXPECTED}` };
  }
  return { atMs: Date.parse(text.toUpperCase().replace(' ', 'T')) };
}

/** @param date as `YYYY-MM-DD` */
function isDay(date: string): boolean {
  const atMs = Date.parse(date);
  // Some engines read 30 February as a day of March.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
}

/**
 * Warns of keys that have ended or are about to.
 * @param nowMs milliseconds since 1970
 */
export function warnOfEnds(keys: readonly PlacedKey[], nowMs: number, report: LoadReport): void {
  for (const { key, index } of keys) {
    const { name, expires_at: end, expiresAtMs } = key;
    if (expiresAtMs === undefined || expiresAtMs - nowMs > NOTICE_DAYS * DAY_MS) continue;
    const message =
      expiresAtMs <= nowMs
        ? `the key ${formatKey(name)} has expired (${end}): it is refused with 401 api_key_expired`
        : `the key ${formatKey(name)} expires within ${NOTICE_DAYS} days (${end})`;
    report.warning(
      ['auth', 'api_keys', index, 'expires_at'],
      `${message}; add its successor under the same name`,
    );
  }
}
