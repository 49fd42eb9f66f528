const DAY_MS = 24 * 3_600_000;

/** A day of the Gregorian calendar. */
export interface CalendarDate {
  readonly year: number;
  /**
   * 1 to 12. Functions that say so also accept other values of `month` and `day`, and carry over
   * into other months and years.
   */
  readonly month: number;
  readonly day: number;
}

/**
 * Abbreviations that ICU maps to a zone of its own choice. None is an IANA name, and `CST` also
 * means China's time.
 */
const ABBREVIATIONS =
  /^(ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*)$/i;
const OFFSET = /^[-+\d]/;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether a text is the name of a zone in the IANA time zone database, in letters of any case. */
export function isTimeZone(name: string): boolean {
  if (ABBREVIATIONS.test(name) || OFFSET.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The local time of a zone at an instant, as milliseconds since 1970 of a UTC clock that shows the
 * same time.
 * @param atMs an instant, in milliseconds since 1970
 * @throws RangeError for an unknown zone
 */
export function wallTime(atMs: number, timeZone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of clockOf(timeZone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const milliseconds = ((atMs % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds;
}

/**
 * The first instant at which clocks in a zone show this time. If they skip it (midnight does not
 * exist everywhere on the day that daylight saving begins), the instant at which they skip.
 * @param wallMs as returned by `wallTime`
 * @returns milliseconds since 1970
 */
export function firstInstant(wallMs: number, timeZone: string): number {
  // No zone changes its offset twice within two days.
  const before = wallMs - offsetAt(wallMs - DAY_MS, timeZone);
  const after = wallMs - offsetAt(wallMs + DAY_MS, timeZone);
  const [early, late] = before < after ? [before, after] : [after, before];
  for (const instant of [early, late]) if (wallTime(instant, timeZone) === wallMs) return instant;
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallTime(middle, timeZone) < wallMs) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The first instant of a day in a zone. `month` and `day` may overflow: 32 January is 1 February.
 */
export function startOfDay({ year, month, day }: CalendarDate, timeZone: string): number {
  return firstInstant(Date.UTC(year, month - 1, day), timeZone);
}

function offsetAt(atMs: number, timeZone: string): number {
  return wallTime(atMs, timeZone) - atMs;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
