import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const BENCH = resolve(import.meta.dirname, '../../bench/run.mjs');

interface Target {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  readonly isMet: boolean;
}

/** Times depend on the machine and on what else it does; what is counted does not. */
describe('a plain chat', () => {
  it('calls no more functions, and leaves no more garbage, than the bench allows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'call-cost-'));
    const json = join(folder, 'report.json');
    try {
      await promisify(execFile)(
        process.execPath,
        [BENCH, '--quick', '--only', 'counts', '--upstream', 'fixed', '--json', json],
        { timeout: 150_000 },
      );
      const { targets } = JSON.parse(readFileSync(json, 'utf8')) as { targets: Target[] };
      expect(targets).toHaveLength(7);
      expect(targets.filter(({ isMet }) => !isMet)).toEqual([]);
      for (const { value, bound } of targets) expect(value).toBeGreaterThanOrEqual(bound / 2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
