import { type CalendarDate } from './zoned-time.js';

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
/** RFC 3339, section 5.6, which allows a space and small letters. */
const TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;

/** A day, or an instant in milliseconds since 1970. */
export type TimeText =
  | { readonly date: CalendarDate; readonly atMs?: undefined }
  | { readonly date?: undefined; readonly atMs: number };

/**
 * Reads a date such as `2027-01-31`, or an RFC 3339 time such as `2027-01-31T18:00:00+08:00`.
 * @returns undefined for a text of another form; 'none' for a day or a time that does not exist
 */
export function readTimeText(text: string): TimeText | 'none' | undefined {
  const date = DATE.exec(text);
  if (date !== null) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
    return isDay(text) ? { date: { year, month, day } } : 'none';
  }
  const time = TIME.exec(text);
  if (time === null) return undefined;
  const [hour, minute, second, offsetHour = 0, offsetMinute = 0] = time
    .slice(2)
    .map((digits: string | undefined) => (digits === undefined ? undefined : Number(digits)));
  const isTime = isDay(time[1]!) && hour! < 24 && minute! < 60 && second! < 60;
  if (!isTime || offsetHour > 23 || offsetMinute > 59) return 'none';
  return { atMs: Date.parse(text.toUpperCase().replace(' ', 'T')) };
}

/** @param date as `YYYY-MM-DD` */
function isDay(date: string): boolean {
  const atMs = Date.parse(date);
  // Some engines read 30 February as a day of March.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
}
