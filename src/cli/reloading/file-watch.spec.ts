import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWatch } from './file-watch.js';

describe('FileWatch', () => {
  let folder: string;
  let file: string;
  let over: AbortController;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-watch-'));
    file = join(folder, 'a');
    over = new AbortController();
    writeFileSync(file, 'before');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it.each<[string, () => void]>([
    ['changed', () => writeFileSync(file, 'behind')],
    ['removed', () => rmSync(file)],
    [
      'replaced',
      () => {
        writeFileSync(`${file}.new`, 'before');
        renameSync(`${file}.new`, file);
      },
    ],
  ])('notices that a file was %s, also between two waits', async (_how, change) => {
    const watch = new FileWatch(() => [file]);
    change();
    expect(await watch.changed(over.signal)).toBe(true);
  });

  it('notices new files, and each change once', async () => {
    const names = [file];
    const watch = new FileWatch(() => names);
    names.push(join(folder, 'b'));
    expect(await watch.changed(over.signal)).toBe(true);
    const again = watch.changed(over.signal);
    over.abort();
    expect(await again).toBe(false);
    expect(await watch.changed(over.signal)).toBe(false);
  });
});
