import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './support/documents.js';

describe('npm test', () => {
  it('begins with what it runs and how long that takes', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { pretest: string };
    };
    const [command, script] = scripts.pretest.split(' ') as [string, string];
    expect(command).toBe('node');
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, script)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^Builds, then runs \d{3} spec files.* minutes/),
    ]);
  });
});
