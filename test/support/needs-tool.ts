import { spawnSync } from 'node:child_process';
import { describeUnless } from './describe-unless.js';

/**
 * A `describe` whose tests need an installed program, as {@link describeUnless} runs them.
 * @param tool name or path of the executable
 * @param version arguments that only print its version
 */
export function describeWithTool(tool: string, version: string[], name: string, tests: () => void): void {
  const isThere = spawnSync(tool, version).status === 0;
  describeUnless(isThere ? undefined : `no ${tool} on this machine`, name, tests);
}
