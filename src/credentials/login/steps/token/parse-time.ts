const CALENDAR =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?$/i;
/** The format of HTTP dates (RFC 9110, 5.6.7) and of e-mail. */
const WRITTEN_OUT =
  /^(?:[a-z]{3,9},?\s+)?\d{1,2}[\s-][a-z]{3}[\s-]\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:GMT|UTC|[+-]\d{4})$/i;
const DAY_MS = 86_400_000;
const OFFSET = /^([+-])(\d{2}):?(\d{2})?$/;

/**
 * Parses the formats in which services write a time: a date, or a date and a time.
 * @param timeZone for a time without one: an IANA name or an offset such as `+08:00`
 * @returns epoch milliseconds; `'no zone'` if the zone is needed and unknown; undefined for other
 * texts
 */
export function parseTime(text: string, timeZone?: string): number | 'no zone' | undefined {
  const trimmed = text.trim();
  if (WRITTEN_OUT.test(trimmed)) return validOrNothing(Date.parse(trimmed));
  const match = CALENDAR.exec(trimmed);
  if (match === null) return undefined;
  const wallMs = wallClock(match);
  if (wallMs === undefined) return undefined;
  const zone = match[8] ?? timeZone;
  return zone === undefined ? 'no zone' : momentOf(wallMs, zone);
}

/** Whether `parseTime` knows this time zone. */
export function isTimeZone(zone: string): boolean {
  if (OFFSET.test(zone)) return true;
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

/** The time as if it were UTC; undefined for a 13th month or a 30th of February. */
function wallClock([
  ,
  year,
  month,
  day,
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '',
]: RegExpExecArray): number | undefined {
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s, Number(fraction.padEnd(3, '0').slice(0, 3))));
  const isReal = date.getUTCMonth() === mo - 1 && date.getUTCDate() === d && h < 24 && mi < 60 && s < 60;
  return isReal ? date.getTime() : undefined;
}

function momentOf(wallMs: number, zone: string): number {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return wallMs;
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const [, sign, hours, minutes = '0'] = offset;
    const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return sign === '+' ? wallMs - ms : wallMs + ms;
  }
  const moments = [-DAY_MS, DAY_MS].map((shiftMs) => wallMs - offsetAt(wallMs + shiftMs, zone));
  const real = moments.filter((moment) => moment + offsetAt(moment, zone) === wallMs);
  // When clocks are set back, a time occurs twice, and the earlier moment is the safe one; when
  // they are set forward, some times do not occur.
  return Math.min(...(real.length > 0 ? real : moments));
}

/** The offset of a zone from UTC, in milliseconds. */
function offsetAt(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  const wallMs = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wallMs - Math.floor(atMs / 1000) * 1000;
}

function validOrNothing(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
