/**
 * Runs the tests and measures which lines of the whole source they reach: those that run inside jest, and those that
 * run in the programs that end-to-end tests start (`dist/`, brought back to `src/` by its source maps).
 *
 *     node test/coverage/run.mjs [arguments of jest]
 *
 * Ends with 1 when a test fails or fewer than 90 % of the lines were reached. `coverage/lines.txt` says which are not.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Report } from 'c8';
import coverage from 'istanbul-lib-coverage';
import report from 'istanbul-lib-report';
import reports from 'istanbul-reports';

const WANTED_PERCENT = 90;
const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'coverage');

rmSync(FOLDER, { recursive: true, force: true });
const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
const options = ['--coverage', '--coverageReporters=json', `--coverageDirectory=${FOLDER}`];
const tests = spawnSync(process.execPath, [jest, ...options, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});

const map = coverage.createCoverageMap(JSON.parse(readFileSync(join(FOLDER, 'coverage-final.json'), 'utf8')));
const inside = percentOf(map);
map.merge(await coverageOfProcesses());
map.filter((file) => isCounted(relative(ROOT, file)));
const context = report.createContext({ dir: FOLDER, coverageMap: map });
reports.create('lcovonly').execute(context);
reports.create('text', { file: 'lines.txt', skipFull: true, maxCols: 120 }).execute(context);
const whole = percentOf(map);
const { covered, total } = map.getCoverageSummary().lines;
process.stdout.write(
  `Lines of the whole source: ${covered} of ${total}, ${whole} % (wanted: ${WANTED_PERCENT} %); ` +
    `inside jest alone ${inside} %\n`,
);
process.exitCode = tests.status === 0 && whole >= WANTED_PERCENT ? 0 : 1;

/** The same measure as jest's `collectCoverageFrom`, which also counts files that nothing touched. */
function isCounted(file) {
  return file.startsWith('src/') && file !== 'src/main.ts' && !file.endsWith('.spec.ts');
}

function percentOf(coverageMap) {
  return coverageMap.getCoverageSummary().lines.pct;
}

/** The coverage of the programs. Those that a test killed have not written it. */
function coverageOfProcesses() {
  return new Report({
    include: ['dist/**'],
    exclude: [],
    extension: ['.js'],
    excludeAfterRemap: false,
    src: [ROOT],
    tempDirectory: join(FOLDER, 'processes'),
    resolve: '',
    omitRelative: true,
    mergeAsync: true,
  }).getCoverageMapFromAllCoverageFiles();
}
