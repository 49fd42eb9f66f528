import { readTimeText } from '../../config/time/time-text.js';
import { startOfDay } from '../../config/time/zoned-time.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type FiguresRequest, GROUPS, type Group, startOfMonth } from '../figures/figures.js';

const PARAMETERS = ['from', 'to', 'group_by'];
const TIME = 'a date such as 2026-11-01, or an RFC 3339 time such as 2026-11-01T08:00:00Z';
/** In a query, `+` means a space, even if it was meant as the sign of an offset. */
const LOST_PLUS = /(:\d\d(?:\.\d+)?) (\d\d:\d\d)$/;

/**
 * Reads the parameters of `GET /v1/usage`.
 * @param url the request's URL
 * @param timeZone the zone of dates
 * @throws InvalidRequestError that names the parameter
 */
export function parseUsageQuery(url: string, timeZone: string, nowMs = Date.now()): FiguresRequest {
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1]);
  for (const name of query.keys()) {
    if (!PARAMETERS.includes(name))
      throw invalid(name, `'${name}' is not a parameter of this route. It takes: ${PARAMETERS.join(', ')}.`);
  }
  const fromMs = timeOf('from', query.getAll('from'), 0, timeZone) ?? startOfMonth(nowMs, timeZone);
  // An end given as a date includes the whole day.
  const toMs = timeOf('to', query.getAll('to'), 1, timeZone);
  if (toMs !== undefined && fromMs >= toMs) {
    throw invalid('to', "'to' is not after 'from', which is the beginning of the current month by default.");
  }
  return { fromMs, ...(toMs !== undefined && { toMs }), groupBy: groupsOf(query.getAll('group_by')) };
}

/** @param dayOffset 1 for the end of a day */
function timeOf(
  name: string,
  values: readonly string[],
  dayOffset: number,
  timeZone: string,
): number | undefined {
  if (values.length === 0) return undefined;
  const time = values.length === 1 ? readTimeText(values[0]!.replace(LOST_PLUS, '$1+$2')) : undefined;
  if (time === undefined) throw invalid(name, `'${name}' must be ${TIME}.`);
  if (time === 'none') throw invalid(name, `'${name}' is not in the calendar; it must be ${TIME}.`);
  const { date, atMs } = time;
  return date === undefined ? atMs : startOfDay({ ...date, day: date.day + dayOffset }, timeZone);
}

function groupsOf(values: readonly string[]): readonly Group[] {
  const words = values.flatMap((text) => text.split(','));
  if (words.every((word) => word === '')) return [];
  const groups = new Set(words.map((word) => GROUPS.find((group) => group === word.trim())));
  if (groups.has(undefined))
    throw invalid('group_by', `'group_by' must be a list of ${GROUPS.join(', ')}, separated by commas.`);
  return [...groups] as Group[];
}

function invalid(name: string, message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_value', message, name);
}
