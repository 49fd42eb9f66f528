import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeCarelessGateway } from '../support/careless-gateway.js';
import { type CliResult, CliProcess, ROOT } from '../support/cli-process.js';

const SOAK = join(ROOT, 'bench/soak.mjs');
const TIMEOUT_MS = 90_000;
jest.setTimeout(TIMEOUT_MS);

function soak(...args: string[]): Promise<CliResult> {
  const run = new CliProcess(args, { command: [process.execPath, SOAK], input: '' });
  return run.ended(TIMEOUT_MS);
}

describe('npm run soak', () => {
  afterEach(() => CliProcess.endAll());

  it('reaches its goal in a short run', async () => {
    const { code, stdout, stderr } = await soak('--seconds', '4', '--seed', '1');
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' });
    expect(stdout).toContain('seed 1,');
    expect(stdout).toMatch(/whole answers +[1-9]/);
    expect(stdout).toMatch(/clean errors +[1-9]/);
    expect(stdout).toMatch(/callers who left +[1-9]/);
    expect(stdout).toMatch(/lost +0\n +hung +0\n +mismatched +0\n/);
    expect(stdout).toMatch(/configurations +[1-9]\d* good and \d+ broken ones written, [1-9]\d* taken/);
    expect(stdout).toContain('The goal was reached.\n');
  });

  it('misses its goal with a gateway that loses responses', async () => {
    const dist = writeCarelessGateway();
    const { code, stdout } = await soak('--seconds', '1', '--seed', '1', '--dist', dist);
    rmSync(dist, { recursive: true });
    expect(stdout).toMatch(/The goal was MISSED: [1-9]\d* lost/);
    expect(code).toBe(1);
  });

  it('explains itself when asked for nonsense', async () => {
    for (const args of [
      ['--seconds', '0'],
      ['--seed', 'x'],
      ['--sceonds', '1'],
    ]) {
      const { code, stderr } = await soak(...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining('Usage: npm run soak')]);
    }
  });
});
