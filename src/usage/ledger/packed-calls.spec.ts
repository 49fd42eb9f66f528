import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { CALL_COLUMN_NAMES, CALL_COLUMNS, type CallColumn, type CallRow } from '../call-row.js';
import { jsonOf, rowsOf } from './calls-json.js';
import { CallPacker } from './packed-calls.js';

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
  it('unpack to the same rows', () => {
    const packer = new CallPacker(ROWS.length);
    for (const each of ROWS) packer.add(each);
    expect(rowsOf(packer.calls)).toEqual(ROWS);
  });

  it('unpack to the same rows, for any values that neighbouring rows share', () => {
    const value = (column: string): fc.Arbitrary<string | number | null> => {
      const isText = CALL_COLUMNS[column as CallColumn] === 'text';
      const some: readonly (string | number)[] = isText
        ? ['a', 'b "c" \\', '雨\t']
        : [0, 1, 0.1, 2 ** 53 - 1];
      return fc.option(fc.constantFrom(...some));
    };
    const rows = fc.array(fc.tuple(...CALL_COLUMN_NAMES.map(value)), { minLength: 1, maxLength: 5 });
    const picks = fc.array(fc.nat(4), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows, picks, (known, order) => {
        const packer = new CallPacker(order.length);
        const batch = order.map((at) => known[at % known.length]!);
        for (const each of batch) packer.add(each);
        expect(jsonOf(packer.calls).toString()).toBe(JSON.stringify(batch));
      }),
    );
  });

  it('are forgotten by a packer that takes others', () => {
    const packer = new CallPacker(ROWS.length);
    packer.add(ROWS[0]!);
    packer.clear();
    expect(jsonOf(packer.calls).toString()).toBe('[]');
    packer.add(ROWS[3]!);
    expect(rowsOf(packer.calls)).toEqual([ROWS[3]]);
  });

  it('are read in another thread without a copy', async () => {
    const packer = new CallPacker(ROWS.length);
    for (const each of ROWS) packer.add(each);
    const { calls } = packer;
    const { port1, port2 } = new MessageChannel();
    const received = once(port2, 'message');
    port1.postMessage(calls);
    const [there] = (await received) as [typeof calls];
    port1.close();
    calls.numbers[0] = 7;
    expect(rowsOf(there)).toEqual([[7, ...ROWS[0]!.slice(1)], ...ROWS.slice(1)]);
  });
});
