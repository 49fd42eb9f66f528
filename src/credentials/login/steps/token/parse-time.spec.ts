import { isTimeZone, parseTime } from './parse-time.js';

const EIGHT = Date.UTC(2026, 10, 28, 8);

describe('parseTime', () => {
  it.each([
    '2026-11-28T08:00:00Z',
    '2026-11-28T08:00Z',
    '2026-11-28T16:00:00+08:00',
    '2026-11-28T16:00:00.000+0800',
    '2026-11-28 16:00:00+08',
    '2026/11/28 08:00:00 UTC',
    '2026-11-28T16:00:00+08:00[Asia/Shanghai]',
    '2026-11-28T08:00:00.000000000Z',
    'Sat, 28 Nov 2026 08:00:00 GMT',
    'Saturday, 28-Nov-26 08:00:00 GMT',
    '28 Nov 2026 16:00:00 +0800',
  ])('reads %s', (text) => {
    expect(parseTime(text)).toBe(EIGHT);
    expect(parseTime(text, 'America/New_York')).toBe(EIGHT);
  });

  it.each(['2026-11-28T08:00:00', '2026-11-28 08:00:00.123', '2026/11/28 08:00', '2026-11-28', ' 2026.1.2 '])(
    'does not guess the zone of %s',
    (text) => {
      expect(parseTime(text)).toBe('no zone');
    },
  );

  it.each([
    ['Asia/Shanghai', '2026-11-28 16:00:00'],
    ['+08:00', '2026-11-28T16:00:00'],
    ['America/New_York', '2026-11-28 03:00:00'],
    ['Asia/Kolkata', '2026-11-28 13:30'],
    ['UTC', '2026-11-28 08:00'],
  ])('takes the zone that is declared: %s', (zone, text) => {
    expect(parseTime(text, zone)).toBe(EIGHT);
  });

  it('chooses the earlier moment when the clocks go back, and refuses a time that does not exist', () => {
    expect(parseTime('2026-10-25 02:30:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(parseTime('2026-07-01 12:00:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 6, 1, 10));
  });

  it.each([
    'soon',
    '',
    '12',
    'token 1',
    '2026-13-01T00:00:00Z',
    '2026-02-30',
    '2026-11-28T25:00:00Z',
    '20261128',
  ])('takes %j for no time', (text) => {
    expect(parseTime(text, 'UTC')).toBeUndefined();
  });

  it('knows zones', () => {
    expect(['Asia/Shanghai', 'UTC', '+08:00', '-0330'].map(isTimeZone)).toEqual([true, true, true, true]);
    expect(['Asia/Nowhere', '', 'local', '8'].map(isTimeZone)).toEqual([false, false, false, false]);
  });
});
