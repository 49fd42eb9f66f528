/**
 * Measures the gateway beside a raw proxy and the sandbox itself, in one alternating run on this machine.
 * See README.md in this folder.
 *
 *     node bench/run.mjs [--quick] [--rounds N] [--only PART,…] [--upstream sandbox|fixed] [--dist DIR]
 *                        [--node-option=OPTION]… [--json FILE]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCounts } from './support/counts.mjs';
import { measureFirstTokens } from './support/first-tokens.mjs';
import { measureFormats, measureStreamUsage } from './support/formats.mjs';
import { measureMapping, measureTranslation } from './support/mapping.mjs';
import { measureMemory } from './support/memory.mjs';
import { measurePlain } from './support/plain.mjs';
import { measureObserved } from './support/observed.mjs';
import { stopAll, temporaryFolder } from './support/processes.mjs';
import { Rig } from './support/rig.mjs';
import { measureStart } from './support/start.mjs';
import { measureStreams } from './support/streams.mjs';
import { printReport } from './support/report.mjs';
import { measureUsageStore } from './support/usage-store.mjs';
import { verify } from './support/verify.mjs';

const PARTS = {
  plain: measurePlain,
  counts: measureCounts,
  streams: measureStreams,
  mapping: measureMapping,
  translation: measureTranslation,
  formats: measureFormats,
  'stream-usage': measureStreamUsage,
  'usage-store': measureUsageStore,
  'first-token': measureFirstTokens,
  memory: measureMemory,
  start: measureStart,
  observed: measureObserved,
};
/** On request only: measurements and traces, which are a topic of their own. */
const DEFAULT_PARTS = Object.keys(PARTS).filter((name) => name !== 'observed');

const FULL = {
  rounds: 5,
  plain: { connections: 32, warmMs: 8000, warmRequests: 25_000, turns: 3, leadMs: 200, windowMs: 1000 },
  streams: { streams: 100 },
  streamTokens: 100,
  firstTokens: { streams: 4, windowMs: 1500 },
  memory: { streams: 1000, idleMs: 1000, settleMs: 6000 },
  start: { times: 5 },
};
const QUICK = {
  rounds: 2,
  plain: { connections: 32, warmMs: 2000, warmRequests: 10_000, turns: 3, leadMs: 100, windowMs: 300 },
  streams: { streams: 100 },
  streamTokens: 30,
  firstTokens: { streams: 4, windowMs: 400 },
  memory: { streams: 300, idleMs: 500, settleMs: 1000 },
  start: { times: 2 },
};

const USAGE = `Usage: npm run bench -- [options]
  --quick               about 3 minutes on an idle machine; rougher figures
  --rounds N            how often each variant takes its turn (default ${FULL.rounds}, quick ${QUICK.rounds})
  --only PARTS          comma-separated: ${DEFAULT_PARTS.join(', ')}; on request only: observed
  --upstream KIND       sandbox (default) or fixed: what stands behind the proxies
  --dist DIR            the built gateway (default dist)
  --node-option=OPTION  for the gateway's process only; may be repeated
  --json FILE           also write all figures there
`;

const values = readArguments({
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  only: { type: 'string', default: DEFAULT_PARTS.join(',') },
  upstream: { type: 'string', default: 'sandbox' },
  dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
  'node-option': { type: 'string', multiple: true, default: [] },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
});

if (values === undefined) process.exitCode = 1;
else if (values.help) process.stdout.write(USAGE);
else process.exitCode = await main();

/** @param {import('node:util').ParseArgsConfig['options']} options */
function readArguments(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n${USAGE}`);
    return undefined;
  }
}

async function main() {
  const parts = values.only.split(',');
  const sizes = values.quick ? QUICK : FULL;
  const rounds = Number(values.rounds ?? sizes.rounds);
  const wrong = parts.find((part) => !(part in PARTS));
  const dist = resolve(values.dist);
  if (wrong !== undefined || !(rounds >= 1) || !['sandbox', 'fixed'].includes(values.upstream)) {
    process.stderr.write(USAGE);
    return 1;
  }
  if (!existsSync('/proc/self/schedstat')) {
    process.stderr.write('bench: processor time is read from /proc, which this system does not have.\n');
    return 1;
  }
  if (!existsSync(join(dist, 'main.js'))) {
    process.stderr.write(`bench: ${values.dist} holds no main.js; run 'npm run build' first.\n`);
    return 1;
  }
  const folder = temporaryFolder();
  const startedAt = performance.now();
  try {
    const rig = await Rig.start({
      dist,
      folder,
      upstreamKind: values.upstream,
      nodeOptions: values['node-option'],
      streamTokens: sizes.streamTokens,
    });
    const traffic = await verify(rig);
    const results = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      if (!parts.includes(name)) continue;
      process.stderr.write(`measuring ${name} …\n`);
      results[name] = await measure(rig, { ...sizes, rounds });
    }
    const report = {
      machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
      upstream: values.upstream,
      nodeOptions: values['node-option'],
      rounds,
      isQuick: values.quick,
      seconds: Math.round((performance.now() - startedAt) / 1000),
      traffic,
      results,
    };
    printReport(report);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${error.stack}\n`);
    return 1;
  } finally {
    await stopAll();
  }
}
