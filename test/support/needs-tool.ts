import { spawnSync } from 'node:child_process';

/**
 * A `describe` whose tests need an installed program. Where it is missing they are skipped, with a line that
 * says so; in CI (`CI` is set) that is a failure.
 * @param tool name or path of the executable
 * @param version arguments that only print its version
 */
export function describeWithTool(tool: string, version: string[], name: string, tests: () => void): void {
  if (spawnSync(tool, version).status === 0) {
    describe(name, tests);
    return;
  }
  const reason = `no ${tool} on this machine`;
  if (process.env['CI']) {
    describe(name, () => {
      it(`has ${tool}`, () => {
        throw new Error(`${reason}; CI must not skip it`);
      });
    });
    return;
  }
  process.stdout.write(`SKIPPED ${name}: ${reason}\n`);
  describe.skip(name, tests);
}
