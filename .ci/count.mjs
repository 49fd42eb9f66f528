/**
 * Prints `N passed, N failed`, summed over reports: of jest (JSON), or of `npm run abuse` (a line of JSON for each
 * attack). A report that is missing, broken or empty is a failure. Exits with 1 where there is one.
 *
 *     node .ci/count.mjs FILE...
 */
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  const [fine, broken] = count(path);
  passed += fine;
  failed += fine + broken === 0 ? 1 : broken;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function count(path) {
  try {
    const text = readFileSync(path, 'utf8');
    if (path.endsWith('.jsonl')) {
      const attacks = text
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      const fine = attacks.filter(({ isFine }) => isFine).length;
      return [fine, attacks.length - fine];
    }
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(text);
    return [numPassedTests, numFailedTests + numRuntimeErrorTestSuites];
  } catch (error) {
    console.error(`${path}: ${error.message}`);
    return [0, 1];
  }
}
