import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readFaults } from '../src/cli/gateway/read-faults.js';
import { FAULT_FIELDS, ORDER_FIELDS } from '../src/sandbox/faults/fault-fields.js';
import { ROOT, bothOf } from './support/documents.js';

const wordsOf = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word!);

describe.each(bothOf('sandbox.md'))('the faults in $name', (document) => {
  it('load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'documents-faults-'));
    const file = join(folder, 'faults.yaml');
    const blocks = document.blocksOf('yaml', 'faults:');
    expect(blocks).toHaveLength(1);
    writeFileSync(file, blocks[0]!.code);
    expect(readFaults(file)).toMatchObject({ seed: 7, orders: { length: 3 } });
    rmSync(folder, { recursive: true });
  });

  it('are all there, with all their fields', () => {
    const listed = document
      .tableOf('`hang`')
      .flatMap(([kinds, , fields]) => wordsOf(kinds!).map((kind) => [kind, wordsOf(fields!)] as const));
    const known = Object.entries(FAULT_FIELDS).map(([kind, fields]) => [kind, Object.keys(fields)]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
  });

  it('say which calls are meant', () => {
    const listed = document.tableOf('`probability`').flatMap(([key]) => wordsOf(key!));
    expect(listed.toSorted()).toEqual(Object.keys(ORDER_FIELDS).toSorted());
  });
});

it('ships an example that loads', () => {
  expect(readFaults(join(ROOT, 'examples/faults.yaml')).orders).toHaveLength(5);
});
