import { CallBatch } from '../ledger/call-batch.js';
import { CALL_COLUMN_NAMES } from '../call-row.js';
import { MemoryStore } from '../memory-store.js';
import { type StoreAccess } from '../store-access.js';
import { StoredSpend } from './stored-spend.js';
import { type UsageFigures } from './usage-figures.js';

const NOVEMBER = Date.UTC(2026, 10);

function call(at: number, key: string, team: string | null, cost: number | null) {
  const values: Record<string, string | number | null> = { at, id: `${at}`, key, team, cost_nano: cost };
  return CALL_COLUMN_NAMES.map((column) => values[column] ?? null);
}

describe('StoredSpend', () => {
  it('sums up what a key or a team has spent in a period, what is not written yet included', async () => {
    const store = new MemoryStore();
    const waiting = [
      call(NOVEMBER - 1, 'bot', 'search', 1),
      call(NOVEMBER, 'bot', 'search', 20),
      call(NOVEMBER + 1, 'other', 'search', 300),
      call(NOVEMBER + 2, 'search', null, 4000),
      call(NOVEMBER + 3, 'bot', 'search', null),
    ];
    const access = { store: () => Promise.resolve(store) } as unknown as StoreAccess;
    const flush = () => store.write(CallBatch.of(waiting.splice(0)));
    const spend = new StoredSpend(access, { flush } as unknown as UsageFigures);
    const november = { id: '2026-11', startMs: NOVEMBER, endMs: Date.UTC(2026, 11) };
    const total = { id: 'total', startMs: 0, endMs: Infinity };
    expect(await spend.spentNanoUsd({ kind: 'key', name: 'bot' }, november)).toBe(20);
    expect(await spend.spentNanoUsd({ kind: 'team', name: 'search' }, november)).toBe(320);
    expect(await spend.spentNanoUsd({ kind: 'team', name: 'search' }, total)).toBe(321);
    expect(await spend.spentNanoUsd({ kind: 'key', name: 'nobody' }, total)).toBe(0);
  });
});
