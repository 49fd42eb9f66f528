/**
 * Attacks the built gateway with what a client with one valid key, or with none, can send, and measures the cost:
 * memory, and how long liveness had to wait. Each attack meets a fresh process, with the default limits and with
 * those of the Kubernetes manifests. See README.md in this folder.
 *
 *     node bench/abuse.mjs [--only NAME,NAME] [--limits default,pod] [--seconds N] [--dist DIR] [--json]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ATTACKS } from './abuse/attacks.mjs';
import { Attacker, KEYS } from './abuse/attacker.mjs';
import { LIMITS } from './abuse/limits.mjs';
import { gatewayConfig } from './abuse/models.mjs';
import { HostileService } from './abuse/hostile-service.mjs';
import { peakResidentKb } from './support/proc.mjs';
import { freePort, startNode, stop, stopAll, temporaryFolder, until } from './support/processes.mjs';

const MAX_STALL_MS = 1000;
/** How long a chat of another key may take after the attack. */
const RECOVERY_MS = 30_000;

const USAGE = `Usage: npm run abuse -- [options]
  --only NAME,NAME    some of the attacks: ${Object.keys(ATTACKS).join(', ')}
  --limits NAME,NAME  ${Object.keys(LIMITS).join(', ')} (default: all of them)
  --seconds N         how long an attack goes on (default 8)
  --dist DIR          the built gateway (default dist)
  --json              one JSON line for each attack instead of a table
`;

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(USAGE);
    return 1;
  }
  if (!existsSync('/proc/self/status') || !existsSync(join(options.dist, 'main.js'))) {
    process.stderr.write(
      `abuse: needs Linux and a built gateway in ${options.dist}; 'npm run build' makes one.\n`,
    );
    return 1;
  }
  const service = await HostileService.start();
  const results = [];
  try {
    for (const name of options.only) {
      for (const limits of options.limits) {
        const result = { name, limits, ...(await attack(name, LIMITS[limits], service, options)) };
        results.push(result);
        if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
        else process.stderr.write(`${name} (${limits}): ${describe(result)}\n`);
      }
    }
    if (!options.json) process.stdout.write(table(results, options));
    return results.every(({ isFine }) => isFine) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`abuse: ${error.stack}\n`);
    return 1;
  } finally {
    service.close();
    await stopAll();
  }
}

async function attack(name, limits, service, { dist, seconds }) {
  const file = join(temporaryFolder(), 'models.yaml');
  writeFileSync(file, JSON.stringify(gatewayConfig(service.url, limits)));
  const port = await freePort();
  const args = [
    ...limits.nodeOptions,
    join(dist, 'main.js'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--config',
    file,
  ];
  const gateway = startNode(args, { logPath: `${file}.log`, mayEnd: true });
  const attacker = new Attacker(port);
  const liveness = new Worker(join(import.meta.dirname, 'abuse/liveness.mjs'), { workerData: port });
  try {
    await until('the gateway', async () => (await attacker.chat(KEYS.other)) === 200 || undefined);
    await ATTACKS[name].run(attacker, { service, endAt: performance.now() + seconds * 1000 });
    await sleep(500);
    const peakKb =
      gateway.exitCode === null && gateway.signalCode === null ? peakResidentKb(gateway.pid) : undefined;
    const stallMs = await longestStall(liveness);
    const { bytesSent } = attacker;
    attacker.leave();
    const hasRecovered = peakKb !== undefined && (await recovers(attacker));
    return {
      bytesSent,
      peakMb: peakKb === undefined ? undefined : Math.round((peakKb * 1024) / 1e6),
      stallMs: Math.round(stallMs),
      hasRecovered,
      isFine:
        hasRecovered &&
        stallMs < MAX_STALL_MS &&
        (limits.memoryBytes === undefined || peakKb * 1024 < limits.memoryBytes),
    };
  } finally {
    attacker.leave();
    await liveness.terminate();
    await stop(gateway, 'SIGKILL');
  }
}

/** Whether another key is served again after the attack. */
async function recovers(attacker) {
  try {
    await until('another key', async () => (await attacker.chat(KEYS.other)) === 200 || undefined, {
      everyMs: 200,
      withinMs: RECOVERY_MS,
    });
    return true;
  } catch {
    return false;
  }
}

function longestStall(worker) {
  return new Promise((done) => {
    worker.once('message', done);
    worker.postMessage('report');
  });
}

function describe({ bytesSent, peakMb, stallMs, hasRecovered }) {
  if (peakMb === undefined) return 'the process ENDED';
  return `${mb(bytesSent)} sent, ${peakMb} MB, ${stallMs} ms${hasRecovered ? '' : ', did NOT recover'}`;
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function table(results, { only, limits }) {
  const of = (name, kind) => results.find((row) => row.name === name && row.limits === kind);
  const peak = (row) =>
    row === undefined ? '–' : row.peakMb === undefined ? '**ended**' : `${row.peakMb} MB`;
  const lines = only.map((name) => {
    const rows = limits.map((kind) => of(name, kind));
    const stall = Math.max(...rows.map(({ stallMs }) => stallMs));
    const sent = Math.max(...rows.map(({ bytesSent }) => bytesSent));
    return `| ${ATTACKS[name].title} | ${mb(sent)} | ${rows.map(peak).join(' | ')} | ${stall} ms |`;
  });
  const heads = limits.map((kind) => `peak RSS, ${LIMITS[kind].title}`);
  return `${[
    `| attack | bytes sent | ${heads.join(' | ')} | longest stall of liveness |`,
    `| --- | --- | ${heads.map(() => '---').join(' | ')} | --- |`,
    ...lines,
  ].join('\n')}\n\nNode ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}\n`;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: Object.keys(ATTACKS).join(',') },
        limits: { type: 'string', default: Object.keys(LIMITS).join(',') },
        seconds: { type: 'string', default: '8' },
        dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
        json: { type: 'boolean', default: false },
      },
    });
    const only = values.only.split(',');
    const limits = values.limits.split(',');
    const seconds = Number(values.seconds);
    if (!(seconds > 0) || !only.every((name) => name in ATTACKS) || !limits.every((name) => name in LIMITS))
      return undefined;
    return { only, limits, seconds, dist: resolve(values.dist), json: values.json };
  } catch {
    return undefined;
  }
}
