import { CALL_COLUMN_NAMES, type CallColumn, type CallRow } from '../call-row.js';
import { CallPacker, jsonOf } from './packed-calls.js';

function row(values: Partial<Record<CallColumn, string | number>>): CallRow {
  return CALL_COLUMN_NAMES.map((column) => values[column] ?? null);
}

const ROWS = [
  row({ at: 1, id: 'a', cost_nano: Number.MAX_SAFE_INTEGER, seconds: 0.1, key: 'bot', model: '搜索 "x" \\' }),
  row({ at: 2, id: 'b', key: 'bot', team: 'search', request_id: 'r"\\', cost_nano: 0 }),
  row({ at: 3, id: 'c', key: 'other', model: 'bot', request_id: 'x'.repeat(5000), trace_id: '0'.repeat(32) }),
  row({ at: 4, id: 'd', key: 'bot', team: '', model: 'bot' }),
];

describe('packed calls', () => {
  it('are the same rows again', () => {
    const packer = new CallPacker(ROWS.length);
    for (const each of ROWS) packer.add(each);
    expect(JSON.parse(jsonOf(packer.calls))).toEqual(ROWS);
  });

  it('do not change when their packer takes others', () => {
    const packer = new CallPacker(ROWS.length);
    packer.add(ROWS[0]!);
    const first = packer.calls;
    packer.clear();
    expect(jsonOf(packer.calls)).toBe('[]');
    packer.add(ROWS[3]!);
    expect(JSON.parse(jsonOf(first))).toEqual([ROWS[0]]);
    expect(JSON.parse(jsonOf(packer.calls))).toEqual([ROWS[3]]);
  });
});
