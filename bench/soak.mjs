/**
 * Soaks the gateway with many clients, streams and plain calls, services that fail in every way, slow readers and
 * clients that disconnect; then looks for calls that were lost, hung, mixed up or left behind. See README.md in this
 * folder.
 *
 *     node bench/soak.mjs [--seconds N] [--seed N] [--callers N] [--faults PERCENT] [--reload SECONDS]
 *                        [--dist DIR]
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gatewayConfig } from './soak/models.mjs';
import { findings, printSoak } from './soak/report.mjs';
import { Reloader } from './soak/reloader.mjs';
import { MemoryWatch, ownFaults, settledState, upstreamState } from './soak/state.mjs';
import { Worker, freePort, startNode, stopAll, temporaryFolder, until } from './support/processes.mjs';

const SOAK = join(import.meta.dirname, 'soak');
/** Code is loaded and compiled in the first seconds; memory is compared with what the gateway holds after them. */
const WARM_SHARE = 0.25;
const MOST_WARM_MS = 60_000;

const USAGE = `Usage: npm run soak -- [options]
  --seconds N       how long (default 60); a quarter of it, at most a minute, is added to warm up
  --seed N          repeats the draws of an earlier run (default: another each time)
  --callers N       side by side (default 24)
  --reload SECONDS  how often the configuration changes meanwhile (default 2; 0 = never)
  --faults PERCENT  share of the upstream's answers that fail in some way (default 25)
  --dist DIR        the built gateway (default dist)
`;

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 1;
  }
  if (!existsSync('/proc/self/fd')) {
    process.stderr.write('soak: memory and files are read from /proc, which this system does not have.\n');
    return 1;
  }
  if (!existsSync(join(options.dist, 'main.js'))) {
    process.stderr.write(`soak: ${options.dist} holds no main.js; run 'npm run build' first.\n`);
    return 1;
  }
  process.stdout.write(
    `soak: ${options.seconds} s, seed ${options.seed}, ${options.callers} callers, ${options.faults} % faults, ` +
      `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}\n`,
  );
  try {
    const result = await soak(options);
    printSoak(result);
    return findings(result).length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`soak: ${error.stack}\n`);
    return 1;
  } finally {
    await stopAll();
  }
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(randomInt(2 ** 31)) },
        callers: { type: 'string', default: '24' },
        faults: { type: 'string', default: '25' },
        reload: { type: 'string', default: '2' },
        dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
      },
    }));
  } catch (error) {
    process.stderr.write(`soak: ${error.message}\n`);
    return undefined;
  }
  const [seconds, seed, callers, faults, reload] = ['seconds', 'seed', 'callers', 'faults', 'reload'].map(
    (key) => Number(values[key]),
  );
  const isRight =
    seconds > 0 &&
    Number.isInteger(seed) &&
    seed >= 0 &&
    callers >= 1 &&
    faults >= 0 &&
    faults <= 100 &&
    reload >= 0;
  return isRight ? { seconds, seed, callers, faults, reload, dist: resolve(values.dist) } : undefined;
}

async function soak({ seconds, seed, callers, faults, reload, dist }) {
  const folder = temporaryFolder();
  const sandbox = startNode([join(SOAK, 'upstream.mjs'), dist, String(seed), String(faults)], {
    hasIpc: true,
  });
  const [{ url: upstream }] = await once(sandbox, 'message');
  const gateway = await startGateway({ dist, folder, upstream });
  const load = new Worker(
    startNode([join(SOAK, 'load.mjs'), dist, String(gateway.port), String(seed)], { hasIpc: true }),
  );

  const warmMs = Math.min(seconds * 1000 * WARM_SHARE, MOST_WARM_MS);
  await load.run('callers', { callers, ms: warmMs });
  const before = await settledState(gateway.child, upstream);
  const reloader = new Reloader(gateway.config, (round) => gatewayConfig(upstream, round));
  const generation = await generationOf(gateway.port);
  reloader.start(reload * 1000);
  const watch = new MemoryWatch(gateway.child.pid);
  const tally = await load.run('callers', { callers, ms: seconds * 1000 });
  const memory = watch.stop();
  reloader.stop();
  const after = await settledState(gateway.child, upstream);
  const { faults: dealt } = await upstreamState(upstream);
  const reloads = {
    good: reloader.good,
    broken: reloader.broken,
    taken: (await generationOf(gateway.port)) - generation,
  };
  return { tally, before, after, memory, dealt, reloads, ownFaults: ownFaults(gateway.logPath) };
}

/** The number of the gateway's current configuration, counted from 1. */
async function generationOf(port) {
  const health = await fetch(`http://127.0.0.1:${port}/v1/health`, { headers: { connection: 'close' } });
  return (await health.json()).config.generation;
}

async function startGateway({ dist, folder, upstream }) {
  const port = await freePort();
  const config = join(folder, 'models.yaml');
  const logPath = join(folder, 'gateway.log');
  writeFileSync(config, JSON.stringify(gatewayConfig(upstream)));
  const teller = pathToFileURL(join(SOAK, 'memory-teller.mjs')).href;
  const child = startNode(
    ['--expose-gc', '--import', teller, join(dist, 'main.js'), '--config', config, '--port', String(port)],
    { logPath, hasIpc: true },
  );
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/v1/health/ready`, { headers: { connection: 'close' } }).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    );
  await until('the gateway', isReady);
  return { child, port, logPath, config };
}
