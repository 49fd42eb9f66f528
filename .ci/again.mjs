/**
 * Runs the spec files that failed in a whole run a second time, one after another and alone: their bounds of time were
 * measured while another file ran beside. The second result of a file counts, and replaces the first in the report.
 * Exits with 0 where no file fails twice. More than eight failed files are no matter of a busy machine: none is run again.
 *
 *     node .ci/again.mjs REPORT    REPORT: of `jest --json --outputFile=REPORT`
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const MOST_FILES = 8;
const LONGEST_SECONDS = 420;

const [path] = process.argv.slice(2);
process.exitCode = 1;
const first = read(path);
const failed = first?.testResults.filter(({ status }) => status === 'failed') ?? [];
if (failed.length > MOST_FILES) console.log(`${failed.length} files failed: too many to run again`);
else if (failed.length > 0 && !first.wasInterrupted) runAgain(failed.map(({ name }) => name));

function runAgain(files) {
  for (const file of files) console.log(`RUN AGAIN ALONE ${relative('.', file)}`);
  const secondPath = `${path}.again`;
  rmSync(secondPath, { force: true });
  // With forceExit as in a whole run, whose workers do not wait either for what a file leaves open.
  const jest = [
    'jest',
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${secondPath}`,
    '--runTestsByPath',
  ];
  const { status } = spawnSync('timeout', ['-k', '30', `${LONGEST_SECONDS}`, 'npx', ...jest, ...files], {
    stdio: 'inherit',
  });
  const second = read(secondPath);
  rmSync(secondPath, { force: true });
  if (second === undefined || second.testResults.length !== files.length) return;
  const replaced = failed.flatMap(({ assertionResults }) => assertionResults);
  const { numFailedTests, numRuntimeErrorTestSuites } = second;
  const merged = {
    ...first,
    numPassedTests:
      first.numPassedTests -
      replaced.filter((test) => test.status === 'passed').length +
      second.numPassedTests,
    numFailedTests,
    numRuntimeErrorTestSuites,
    success: second.success,
    testResults: [...first.testResults.filter((result) => !failed.includes(result)), ...second.testResults],
  };
  writeFileSync(path, JSON.stringify(merged));
  if (status === 0) process.exitCode = 0;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    return undefined;
  }
}
