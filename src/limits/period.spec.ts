import { type BudgetPeriod } from '../config/auth.config.js';
import { periodOf } from './period.js';

const at = (time: string): number => Date.parse(time);
const PERIODS: readonly BudgetPeriod[] = ['hour', 'day', 'week', 'month', 'year'];

/** `id start end`, in UTC. */
function described(per: BudgetPeriod, time: string, zone: string): string {
  const { id, startMs, endMs } = periodOf(per, at(time), zone);
  return `${id} ${new Date(startMs).toISOString()} ${new Date(endMs).toISOString()}`;
}

describe('periodOf', () => {
  it.each<[BudgetPeriod, string, string, string]>([
    // A month's end in Shanghai is at 16:00 UTC.
    [
      'month',
      '2026-11-30T15:59:59.999Z',
      'Asia/Shanghai',
      '2026-11 2026-10-31T16:00:00.000Z 2026-11-30T16:00:00.000Z',
    ],
    [
      'month',
      '2026-11-30T16:00:00.000Z',
      'Asia/Shanghai',
      '2026-12 2026-11-30T16:00:00.000Z 2026-12-31T16:00:00.000Z',
    ],
    [
      'year',
      '2026-12-31T15:59:59.999Z',
      'Asia/Shanghai',
      '2026 2025-12-31T16:00:00.000Z 2026-12-31T16:00:00.000Z',
    ],
    [
      'year',
      '2026-12-31T16:00:00.000Z',
      'Asia/Shanghai',
      '2027 2026-12-31T16:00:00.000Z 2027-12-31T16:00:00.000Z',
    ],
    ['month', '2028-02-29T12:00:00.000Z', 'UTC', '2028-02 2028-02-01T00:00:00.000Z 2028-03-01T00:00:00.000Z'],
    // Days of 23 and of 25 hours.
    [
      'day',
      '2026-03-29T12:00:00.000Z',
      'Europe/Berlin',
      '2026-03-29 2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z',
    ],
    [
      'day',
      '2026-10-25T12:00:00.000Z',
      'Europe/Berlin',
      '2026-10-25 2026-10-24T22:00:00.000Z 2026-10-25T23:00:00.000Z',
    ],
    [
      'month',
      '2026-03-31T21:59:59.999Z',
      'Europe/Berlin',
      '2026-03 2026-02-28T23:00:00.000Z 2026-03-31T22:00:00.000Z',
    ],
    // 02:00 does not exist on the first day, and is there twice on the second.
    [
      'hour',
      '2026-03-29T01:00:00.000Z',
      'Europe/Berlin',
      '2026-03-29T03 2026-03-29T01:00:00.000Z 2026-03-29T02:00:00.000Z',
    ],
    [
      'hour',
      '2026-10-25T01:30:00.000Z',
      'Europe/Berlin',
      '2026-10-25T02 2026-10-25T00:00:00.000Z 2026-10-25T02:00:00.000Z',
    ],
    // Midnight does not exist: the day begins at one o'clock.
    [
      'day',
      '2026-09-06T04:00:00.000Z',
      'America/Santiago',
      '2026-09-06 2026-09-06T04:00:00.000Z 2026-09-07T03:00:00.000Z',
    ],
    [
      'day',
      '2026-09-06T03:59:59.999Z',
      'America/Santiago',
      '2026-09-05 2026-09-05T04:00:00.000Z 2026-09-06T04:00:00.000Z',
    ],
    [
      'day',
      '2026-04-24T06:00:00.000Z',
      'Africa/Cairo',
      '2026-04-24 2026-04-23T22:00:00.000Z 2026-04-24T21:00:00.000Z',
    ],
    [
      'day',
      '2026-03-29T06:00:00.000Z',
      'Asia/Beirut',
      '2026-03-29 2026-03-28T22:00:00.000Z 2026-03-29T21:00:00.000Z',
    ],
    // Midnight is there twice: the day began at the first.
    [
      'day',
      '2026-11-01T12:00:00.000Z',
      'America/Havana',
      '2026-11-01 2026-11-01T04:00:00.000Z 2026-11-02T05:00:00.000Z',
    ],
    // The hour before midnight is there twice.
    [
      'day',
      '2026-04-05T03:30:00.000Z',
      'America/Santiago',
      '2026-04-04 2026-04-04T03:00:00.000Z 2026-04-05T04:00:00.000Z',
    ],
    // A day that a country left out.
    [
      'day',
      '2011-12-30T10:00:00.000Z',
      'Pacific/Apia',
      '2011-12-31 2011-12-30T10:00:00.000Z 2011-12-31T10:00:00.000Z',
    ],
    [
      'day',
      '2011-12-30T09:59:59.999Z',
      'Pacific/Apia',
      '2011-12-29 2011-12-29T10:00:00.000Z 2011-12-30T10:00:00.000Z',
    ],
    // One minute after midnight, clocks went back to the day before, which was over.
    [
      'day',
      '2010-11-07T03:00:00.000Z',
      'America/St_Johns',
      '2010-11-07 2010-11-07T02:30:00.000Z 2010-11-08T03:30:00.000Z',
    ],
    // A week begins on Monday and belongs to the year of its Thursday.
    ['week', '2026-11-29T23:59:59.999Z', 'UTC', '2026-W48 2026-11-23T00:00:00.000Z 2026-11-30T00:00:00.000Z'],
    ['week', '2027-01-03T12:00:00.000Z', 'UTC', '2026-W53 2026-12-28T00:00:00.000Z 2027-01-04T00:00:00.000Z'],
    ['week', '2027-01-04T00:00:00.000Z', 'UTC', '2027-W01 2027-01-04T00:00:00.000Z 2027-01-11T00:00:00.000Z'],
    ['week', '2025-12-29T00:00:00.000Z', 'UTC', '2026-W01 2025-12-29T00:00:00.000Z 2026-01-05T00:00:00.000Z'],
    [
      'week',
      '2026-03-25T12:00:00.000Z',
      'Europe/Berlin',
      '2026-W13 2026-03-22T23:00:00.000Z 2026-03-29T22:00:00.000Z',
    ],
    // Hours that begin at half past, or at a quarter to, in UTC.
    [
      'hour',
      '2026-11-28T09:29:59.999Z',
      'Asia/Kolkata',
      '2026-11-28T14 2026-11-28T08:30:00.000Z 2026-11-28T09:30:00.000Z',
    ],
    [
      'hour',
      '2026-11-28T09:15:00.000Z',
      'Asia/Kathmandu',
      '2026-11-28T15 2026-11-28T09:15:00.000Z 2026-11-28T10:15:00.000Z',
    ],
    [
      'hour',
      '1969-12-31T23:59:59.999Z',
      'UTC',
      '1969-12-31T23 1969-12-31T23:00:00.000Z 1970-01-01T00:00:00.000Z',
    ],
  ])('%s at %s in %s', (per, time, zone, expected) => {
    expect(described(per, time, zone)).toBe(expected);
  });

  it('never ends what is total', () => {
    expect(periodOf('total', at('2026-11-28T00:00:00Z'), 'UTC')).toEqual({
      id: 'total',
      startMs: 0,
      endMs: Infinity,
    });
  });

  it('returns the same object within a period', () => {
    const first = periodOf('day', at('2026-11-28T00:00:00Z'), 'UTC');
    expect(periodOf('day', at('2026-11-28T23:59:59.999Z'), 'UTC')).toBe(first);
    expect(periodOf('day', at('2026-11-28T12:00:00Z'), 'Asia/Shanghai')).not.toBe(first);
    expect(periodOf('day', at('2026-11-27T12:00:00Z'), 'UTC').id).toBe('2026-11-27');
  });

  it('does not know a zone that does not exist', () => {
    expect(() => periodOf('day', 0, 'Mars/Olympus')).toThrow(RangeError);
  });

  it.each([
    'Europe/Berlin',
    'America/Santiago',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'America/Havana',
    'Africa/Casablanca',
  ])('covers a year in %s without gaps and without a name twice', (zone) => {
    for (const per of PERIODS) {
      // Days in which most of them change their clocks are enough hours.
      const from = at(per === 'hour' ? '2026-03-27T00:00:00Z' : '2026-01-01T00:00:00Z');
      const to = at(per === 'hour' ? '2026-04-06T00:00:00Z' : '2027-01-01T00:00:00Z');
      const ids = new Set<string>();
      let ms = from;
      while (ms < to) {
        const period = periodOf(per, ms, zone);
        if (ids.size > 0) expect(period.startMs).toBe(ms);
        expect(period.startMs).toBeLessThanOrEqual(ms);
        expect(period.endMs).toBeGreaterThan(ms);
        expect(periodOf(per, period.endMs - 1, zone).id).toBe(period.id);
        expect(ids).not.toContain(period.id);
        ids.add(period.id);
        ms = period.endMs;
      }
    }
  });
});
