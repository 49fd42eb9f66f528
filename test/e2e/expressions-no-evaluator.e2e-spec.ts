import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { MAIN } from '../support/cli-process.js';

/** Evaluates `1 + 1` while no file can be opened, and once more after that. */
const WITHOUT_FILES = `
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const { evaluators } = await import(process.argv[1]);
const evaluate = async () => {
  const task = { sources: ['1 + 1'], bindings: {}, functions: [], hasInput: false, attached: [] };
  const [{ code, json }] = await evaluators.evaluate(task, [Buffer.alloc(0)], '');
  console.log(code ?? json.toString());
};
const files = [];
try { for (;;) files.push(openSync('/dev/null')); } catch {}
await evaluate();
for (const file of files) closeSync(file);
await sleep(1500);
await evaluate();`;

it('fails a call, and not the process, if an evaluator cannot be started', async () => {
  const evaluators = pathToFileURL(join(MAIN, '../expressions/evaluator/evaluators.js')).href;
  const script = ['--input-type=module', '-e', WITHOUT_FILES, evaluators];
  const limited = 'ulimit -n 64 && exec "$0" "$@"';
  const { stdout } = await promisify(execFile)('bash', ['-c', limited, process.execPath, ...script], {
    timeout: 40_000,
  });
  expect(stdout).toBe('FAILED\n2\n');
});
