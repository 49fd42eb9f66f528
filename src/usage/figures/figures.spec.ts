import { CallBatch } from '../ledger/call-batch.js';
import { CALL_COLUMN_NAMES } from '../call-row.js';
import { figures } from './figures.js';
import { MemoryStore } from '../memory-store.js';
import { parseUsageQuery } from '../api/usage-query.js';

const at = (text: string): number => Date.parse(text);

async function storeOf(...times: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  const calls = times.map((time, n) => {
    const values: Record<string, string | number> = {
      at: at(time),
      id: `${n}`,
      key: 'bot',
      operation: 'chat',
      estimated: 0,
      uncounted: 0,
      prompt_tokens: 1,
      cost_nano: 1,
    };
    return CALL_COLUMN_NAMES.map((column) => values[column] ?? null);
  });
  await store.write(CallBatch.of(calls));
  return store;
}

async function daysOf(zone: string, query: string, now: string, ...times: string[]): Promise<string[]> {
  const request = parseUsageQuery(`/v1/usage${query}`, zone, at(now));
  const rows = await figures(await storeOf(...times), request, zone, at(now));
  return rows.map(({ day, requests }) => `${day} ${requests}`);
}

describe('figures by day', () => {
  it('begin with the month in the time zone', async () => {
    const times = [
      '2026-10-31T15:59:00Z',
      '2026-10-31T16:00:00Z',
      '2026-11-01T15:59:00Z',
      '2026-11-01T16:00:00Z',
    ];
    expect(await daysOf('Asia/Shanghai', '?group_by=day', '2026-11-28T12:00:00Z', ...times)).toEqual([
      '2026-11-01 2',
      '2026-11-02 1',
    ]);
    // It is November there already.
    expect(await daysOf('Asia/Shanghai', '?group_by=day', '2026-10-31T16:30:00Z', ...times)).toEqual([
      '2026-11-01 2',
    ]);
    expect(await daysOf('UTC', '?group_by=day', '2026-10-31T16:30:00Z', ...times)).toEqual(['2026-10-31 2']);
  });

  it.each([
    ['of 23 hours', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:00Z', '2026-03-29T22:00:00Z'],
    ['of 25 hours', '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T22:59:00Z', '2026-10-25T23:00:00Z'],
  ])('have days %s', async (_, day, first, last, next) => {
    const before = new Date(at(first) - 60_000).toISOString();
    const query = `?from=${day}&to=${day}&group_by=day`;
    expect(await daysOf('Europe/Berlin', query, '2026-11-28T12:00:00Z', before, first, last, next)).toEqual([
      `${day} 2`,
    ]);
  });

  it('have a day that begins at one o’clock, and zones between the full hours', async () => {
    // Clocks in Lebanon skip midnight.
    const query = '?from=2026-03-28&to=2026-03-29&group_by=day';
    const times = ['2026-03-28T21:59:00Z', '2026-03-28T22:00:00Z'];
    expect(await daysOf('Asia/Beirut', query, '2026-11-28T12:00:00Z', ...times)).toEqual([
      '2026-03-28 1',
      '2026-03-29 1',
    ]);
    const nepal = ['2026-11-27T18:14:00Z', '2026-11-27T18:15:00Z'];
    expect(await daysOf('Asia/Kathmandu', '?group_by=day', '2026-11-28T12:00:00Z', ...nepal)).toEqual([
      '2026-11-27 1',
      '2026-11-28 1',
    ]);
  });

  it('count a date as the end with its whole day, and a time to the instant', async () => {
    const times = ['2026-11-10T00:00:00Z', '2026-11-10T23:59:00Z', '2026-11-11T00:00:00Z'];
    const now = '2026-11-28T12:00:00Z';
    expect(await daysOf('UTC', '?to=2026-11-10&group_by=day', now, ...times)).toEqual(['2026-11-10 2']);
    const query = '?to=2026-11-10T23:45:00Z&group_by=day';
    expect(await daysOf('UTC', query, now, ...times)).toEqual(['2026-11-10 1']);
  });
});
