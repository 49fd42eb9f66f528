import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeCarelessGateway } from '../support/careless-gateway.js';
import { type CliResult, CliProcess, ROOT } from '../support/cli-process.js';

const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);

function scorecard(...args: string[]): Promise<CliResult> {
  const command = [process.execPath, join(ROOT, 'bench/scorecard.mjs')] as const;
  return new CliProcess(args, { command: [...command], input: '' }).ended(TIMEOUT_MS);
}

describe('npm run scorecard', () => {
  afterEach(() => CliProcess.endAll());

  it('shows what each protection is good for', async () => {
    const { code, stdout } = await scorecard('--only', 'refuse-json,cut-first-stream,401-login-stream');
    const rows = stdout
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) => line.replaceAll(/, \d+ ms/g, ''));
    expect(rows).toEqual([
      '| connection reset | JSON | 500 upstream_unreachable | whole | whole | whole | - | 500 circuit_open |',
      `| cut before the first chunk | stream |${' in-band upstream_stream_interrupted |'.repeat(4)} whole | 500 circuit_open |`,
      `| 401 once, login | stream |${' whole |'.repeat(6)}`,
    ]);
    expect(stdout).toContain(', 0 red\n');
    expect(code).toBe(0);
  });

  it('is red for a gateway that behaves differently', async () => {
    const dist = writeCarelessGateway();
    const { code, stdout } = await scorecard('--only', 'refuse-json', '--dist', dist);
    rmSync(dist, { recursive: true });
    expect(stdout).toMatch(/🔴 whole, \d+ ms \(expected 500 upstream_unreachable\)/);
    expect(code).toBe(1);
  });
});
