import { readTimeText } from '../../time/time-text.js';
import { startOfDay } from '../../time/zoned-time.js';
import { type LoadReport } from '../load-report.js';
import { formatKey } from '../yaml/yaml-path.js';
import { type PlacedKey } from './team-rules.js';

const EXPECTED =
  'expected a date such as "2027-01-31", the last day on which the key is valid, or an RFC 3339 time such as "2027-01-31T18:00:00+08:00"';

const DAY_MS = 24 * 3_600_000;
/** How long before its expiry a key causes a warning at startup. */
const NOTICE_DAYS = 14;

/** The expiry of a key, or an error message for its text. */
export type Expiry =
  | { readonly atMs: number; readonly problem?: undefined }
  | { readonly atMs?: undefined; readonly problem: string };

/**
 * Reads `expires_at`.
 * @param timeZone the zone of dates
 */
export function readExpiry(text: string, timeZone: string): Expiry {
  const time = readTimeText(text);
  if (time === undefined) return { problem: EXPECTED };
  if (time === 'none') {
    const what = text.includes(':') ? 'time' : 'day';
    return { problem: `is not a ${what} of the calendar, ${EXPECTED}` };
  }
  const { date, atMs } = time;
  return { atMs: date === undefined ? atMs : startOfDay({ ...date, day: date.day + 1 }, timeZone) };
}

/**
 * Warns of keys that have expired or will expire soon.
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
