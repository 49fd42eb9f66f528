import { readTimeText } from '../../../config/time/time-text.js';
import { startOfDay } from '../../../config/time/zoned-time.js';
import { GROUPS, type Group, startOfDayAfter } from '../../../usage/figures/figures.js';
import { UsageError } from '../../arguments.js';

const HOUR_MS = 3_600_000;
const DAYS_PER_WEEK = 7;
const AGE = /^([1-9]\d{0,4})([hdw])$/;
const EXPECTED =
  'a number of hours, days or weeks such as 30d, a date such as 2026-11-01, or an RFC 3339 time';

/**
 * Reads `--since`. Days and weeks begin at midnight.
 * @returns undefined if the option is absent
 * @throws UsageError
 */
export function readSince(
  text: string | undefined,
  timeZone: string,
  nowMs = Date.now(),
): number | undefined {
  if (text === undefined) return undefined;
  const age = AGE.exec(text);
  if (age !== null) {
    const count = Number(age[1]);
    if (age[2] === 'h') return nowMs - count * HOUR_MS;
    return startOfDayAfter(nowMs, -count * (age[2] === 'w' ? DAYS_PER_WEEK : 1), timeZone);
  }
  const time = readTimeText(text);
  if (time === undefined || time === 'none')
    throw new UsageError(`--since must be ${EXPECTED}, not '${text}'`);
  return time.date === undefined ? time.atMs : startOfDay(time.date, timeZone);
}

/** Reads `--by`; default: by key. @throws UsageError */
export function readBy(text = 'key'): readonly Group[] {
  const words = text.split(',').map((word) => word.trim());
  const groups = words.map((word) => GROUPS.find((group) => group === word));
  const wrong = words[groups.indexOf(undefined)];
  if (wrong !== undefined)
    throw new UsageError(`--by must be a list of ${GROUPS.join(', ')}, separated by commas, not '${wrong}'`);
  return [...new Set(groups)] as Group[];
}
