import { existsSync } from 'node:fs';

/** For {@link describeUnless}: what tests lack that read /proc. */
export const NO_PROC = existsSync('/proc/self/status') ? undefined : 'no /proc on this system';

/**
 * A `describe` whose tests need what not every machine has. Where it is missing they are skipped, with a line that
 * says so; in CI (`CI` is set) that is a failure.
 * @param missing what is missing, as the line says it; undefined where nothing is
 * @param isOptional CI may skip the tests too: the full check has what they need
 */
export function describeUnless(
  missing: string | undefined,
  name: string,
  tests: () => void,
  isOptional = false,
): void {
  if (missing === undefined) {
    describe(name, tests);
    return;
  }
  if (process.env['CI'] && !isOptional) {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(`${missing}; CI must not skip it`);
      });
    });
    return;
  }
  process.stdout.write(`SKIPPED ${name}: ${missing}\n`);
  describe.skip(name, tests);
}
