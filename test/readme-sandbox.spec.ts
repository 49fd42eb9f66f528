import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readFaults } from '../src/cli/gateway/read-faults.js';
import { FAULT_FIELDS, ORDER_FIELDS } from '../src/sandbox/fault-fields.js';
import { CHINESE, ENGLISH, type MarkdownDocument, ROOT } from './support/documents.js';

const wordsOf = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word!);

function tableOf(document: MarkdownDocument, key: string): readonly (readonly string[])[] {
  return document.tables.find((rows) => rows.some(([cell]) => cell === key))!.slice(1);
}

describe.each([ENGLISH, CHINESE])('the faults in $name', (document) => {
  it('load', () => {
    const folder = mkdtempSync(join(tmpdir(), 'readme-faults-'));
    const file = join(folder, 'faults.yaml');
    const blocks = document.blocksOf('yaml', 'faults:');
    expect(blocks).toHaveLength(1);
    writeFileSync(file, blocks[0]!.code);
    expect(readFaults(file)).toMatchObject({ seed: 7, orders: { length: 3 } });
    rmSync(folder, { recursive: true });
  });

  it('are all there, with all their fields', () => {
    const listed = tableOf(document, '`hang`').flatMap(([kinds, , fields]) =>
      wordsOf(kinds!).map((kind) => [kind, wordsOf(fields!)] as const),
    );
    const known = Object.entries(FAULT_FIELDS).map(([kind, fields]) => [kind, Object.keys(fields)]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
  });

  it('say which calls are meant', () => {
    const listed = tableOf(document, '`probability`').flatMap(([key]) => wordsOf(key!));
    expect(listed.toSorted()).toEqual(Object.keys(ORDER_FIELDS).toSorted());
  });
});

it('ships an example that loads', () => {
  expect(readFaults(join(ROOT, 'examples/faults.yaml')).orders).toHaveLength(5);
});
