import { readExpiry } from './expiry.js';

const END = (text: string, zone = 'UTC'): string => {
  const { atMs, problem } = readExpiry(text, zone);
  return problem ?? new Date(atMs).toISOString();
};

describe('expires_at', () => {
  it.each([
    ['2027-01-31', 'UTC', '2027-02-01T00:00:00.000Z'],
    ['2027-01-31', 'Asia/Shanghai', '2027-01-31T16:00:00.000Z'],
    ['2026-12-31', 'America/New_York', '2027-01-01T05:00:00.000Z'],
    ['2028-02-29', 'UTC', '2028-03-01T00:00:00.000Z'],
    // The next day begins at one o'clock.
    ['2026-09-05', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2027-01-31T18:00:00Z', 'Asia/Shanghai', '2027-01-31T18:00:00.000Z'],
    ['2027-01-31t18:00:00z', 'UTC', '2027-01-31T18:00:00.000Z'],
    ['2027-01-31 18:00:00+08:00', 'UTC', '2027-01-31T10:00:00.000Z'],
    ['2027-01-31T18:00:00.25-05:30', 'UTC', '2027-01-31T23:30:00.250Z'],
  ])('%s in %s ends at %s', (text, zone, expected) => {
    expect(END(text, zone)).toBe(expected);
  });

  it.each(['2027-02-30', '2027-02-29', '2027-13-01', '2027-00-10', '2027-04-31', '2027-01-00'])(
    '%s is no day',
    (text) => {
      expect(END(text)).toMatch(/^is not a day of the calendar, expected a date such as/);
    },
  );

  it.each([
    '2027-02-30T00:00:00Z',
    '2027-01-31T24:00:00Z',
    '2027-01-31T23:60:00Z',
    '2027-01-31T23:59:60Z',
    '2027-01-31T00:00:00+24:00',
    '2027-01-31T00:00:00+08:60',
  ])('%s is no time', (text) => {
    expect(END(text)).toMatch(/^is not a time of the calendar/);
  });

  it.each([
    '2027-1-31',
    '31.01.2027',
    '2027-01-31T18:00:00',
    '2027-01-31T18:00Z',
    'tomorrow',
    '20270131',
    '+10y',
  ])('%s is neither', (text) => {
    expect(END(text)).toMatch(/^expected a date such as "2027-01-31", .* RFC 3339 time/);
  });
});
