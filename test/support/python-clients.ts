import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describeUnless } from './describe-unless.js';
import { describeWithTool } from './needs-tool.js';
import { PYTHON } from './sdk-clients.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** The Python of the large frameworks; `.ci/full` makes it and names it. */
const FRAMEWORKS_PYTHON = process.env['FRAMEWORKS_PYTHON'];

/** What a script in test/fixtures/clients is to do. */
export interface PythonCall {
  /** Of the gateway, without a path. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** A model that always fails. */
  readonly failing: string;
}

/** A `describe` for a script that needs a package in the environment that `.ci/prepare` makes. */
export function describeWithPackage(name: string, module: string, tests: (python: string) => void): void {
  describeWithTool(PYTHON, ['-c', `import ${module}`], name, () => tests(PYTHON));
}

/** The same for the environment of the large frameworks, which only the full check has. */
export function describeWithFramework(name: string, module: string, tests: (python: string) => void): void {
  const python = FRAMEWORKS_PYTHON;
  if (python !== undefined) describeWithTool(python, ['-c', `import ${module}`], name, () => tests(python));
  else describeUnless('FRAMEWORKS_PYTHON is not set, .ci/full sets it', name, () => tests(''), true);
}

/** Runs a script of test/fixtures/clients. @returns what it prints, as JSON */
export async function runClient(python: string, script: string, call: PythonCall): Promise<unknown> {
  const { code, output, errors } = await run(
    python,
    [join(ROOT, 'test/fixtures/clients', script)],
    JSON.stringify(call),
  );
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${errors.slice(-3000)}`);
  return JSON.parse(output) as unknown;
}

/** Runs a program with a text on stdin, and without addresses elsewhere. @param env added to its environment */
export function run(
  program: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', failed);
    child.once('close', (code) => done({ code, output, errors }));
    child.stdin.end(input);
  });
}
