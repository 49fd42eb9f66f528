import { join } from 'node:path';
import { CliProcess, ROOT } from '../support/cli-process.js';
import { NO_PROC, describeUnless } from '../support/describe-unless.js';

const TIMEOUT_MS = 120_000;
jest.setTimeout(TIMEOUT_MS);

/** The real program with the limits of the Kubernetes manifests: a heap of 256 MB in a pod of 512 MiB. */
describeUnless(NO_PROC, 'a process of 512 MiB', () => {
  afterEach(() => CliProcess.endAll());

  it.each([
    'announced-bodies',
    'half-bodies',
    'one-byte-chunks',
    'objects-beyond-limit',
    'objects-within-limit',
    'distinct-keys',
    'largest-text',
    'waiting-bodies',
    'running-jobs',
    'looking-jobs',
    'one-byte-response',
    'objects-response',
    'objects-split',
    'objects-gathered',
    'gzip-response',
    'endless-event',
    'endless-error',
  ])('outlives %s, and serves another key', async (attack) => {
    const args = ['--only', attack, '--limits', 'pod', '--seconds', '3', '--json'];
    const run = new CliProcess(args, {
      command: [process.execPath, join(ROOT, 'bench/abuse.mjs')],
      input: '',
    });
    const { stdout, stderr } = await run.ended(TIMEOUT_MS);
    expect(stderr).toBe('');
    const { peakMb, stallMs, hasRecovered } = JSON.parse(stdout) as Record<string, number | boolean>;
    expect(hasRecovered).toBe(true);
    expect(peakMb).toBeLessThan(512 * 1.048_576);
    // Generous: this machine runs other tests meanwhile, and the attacker itself. `npm run abuse` measures it alone.
    expect(stallMs).toBeLessThan(8000);
  });
});
