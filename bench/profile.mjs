/**
 * Shows where the gateway's CPU time goes under plain chats: V8's sampling profiler, by package or file, and
 * the functions that took the most themselves.
 *
 *     node bench/profile.mjs [--dist DIR] [--seconds N] [--stream] [--keep FILE.cpuprofile]
 */
import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stop, stopAll, temporaryFolder } from './support/processes.mjs';
import { Rig } from './support/rig.mjs';

const WARM_MS = 5000;
const SAMPLE_EVERY_MICROS = 500;

const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
    seconds: { type: 'string', default: '10' },
    stream: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});

const folder = temporaryFolder();
const dist = resolve(values.dist);
const rig = await Rig.start({
  dist,
  folder,
  upstreamKind: 'fixed',
  nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_EVERY_MICROS}`],
  streamTokens: 100,
});
const { port, pid, traffic, child } = rig.variants.gateway;
const load = (windowMs) =>
  values.stream
    ? rig.load.run('streams', { port, request: traffic.stream, streams: 100, spreadMs: 20, pids: [pid] })
    : rig.load.run('plain', {
        port,
        request: traffic.plain,
        connections: 32,
        leadMs: 0,
        windowMs,
        pids: [pid],
      });
await load(WARM_MS);
const endAt = performance.now() + Number(values.seconds) * 1000;
while (performance.now() < endAt) await load(Number(values.seconds) * 1000);
await stop(child);
const file = join(
  folder,
  readdirSync(folder).find((name) => name.endsWith('.cpuprofile')),
);
if (values.keep !== undefined) copyFileSync(file, values.keep);
report(JSON.parse(readFileSync(file, 'utf8')));
await stopAll();

/** @param {import('node:inspector').Profiler.Profile} profile */
function report({ nodes, samples, timeDeltas, endTime }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const places = new Map();
  const functions = new Map();
  let total = 0;
  let at = endTime;
  // From the end: the start and the warm-up are not of interest.
  for (let index = samples.length - 1; index >= 0; index -= 1) {
    const micros = timeDeltas[index];
    at -= micros;
    if (at < endTime - Number(values.seconds) * 1e6) break;
    const { functionName, url, lineNumber } = frames.get(samples[index]);
    if (functionName === '(idle)') continue;
    total += micros;
    const place = placeOf(url, functionName);
    places.set(place, (places.get(place) ?? 0) + micros);
    const name = `${functionName || '(anonymous)'}  ${place}:${lineNumber + 1}`;
    functions.set(name, (functions.get(name) ?? 0) + micros);
  }
  print('By place', places, total, 30);
  print('By function, itself', functions, total, 30);
}

/**
 * @param {string} url
 * @param {string} functionName
 */
function placeOf(url, functionName) {
  if (url === '') return functionName;
  if (url.startsWith('node:') || url.startsWith('wasm:')) return url.replace(/^(wasm):.*/, '$1');
  const path = url.replace(/^file:\/\//, '');
  if (path.startsWith(dist)) return `gateway ${path.slice(dist.length + 1)}`;
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path;
}

/** @param {Map<string, number>} shares */
function print(title, shares, total, count) {
  process.stdout.write(`${title}\n`);
  const sorted = [...shares].sort((a, b) => b[1] - a[1]).slice(0, count);
  for (const [name, micros] of sorted) {
    process.stdout.write(`${((micros / total) * 100).toFixed(1).padStart(6)} %  ${name}\n`);
  }
  process.stdout.write('\n');
}
