/**
 * The callers of a soak run, in a process of their own, driven over IPC: one message in is a job, one out its result.
 *
 *     node bench/soak/load.mjs DIST PORT SEED     (started by soak.mjs)
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Caller } from './caller.mjs';
import { drawScenario } from './scenario.mjs';

const MAX_SAMPLES = 10;

const [dist, port, seed] = process.argv.slice(2);
const { seededRandom } = await import(pathToFileURL(resolve(dist, 'sandbox/faults/seeded-random.js')).href);
let phases = 0;

/**
 * Keeps so many callers busy for a while, and waits for the last answer of each.
 * @param {{ callers: number, ms: number }} options
 */
async function run({ callers, ms }) {
  const phase = ++phases;
  const endAt = performance.now() + ms;
  const tally = { requests: 0, outcomes: {}, codes: {}, models: {}, samples: [] };
  const one = async (index) => {
    const random = seededRandom(Number(seed) + phase * 1_000_003 + index);
    const caller = new Caller(Number(port));
    for (let count = 0; performance.now() < endAt; count += 1) {
      const scenario = drawScenario(random, `soak-${seed}-${phase}-${index}-${count}`);
      note(tally, scenario, await caller.call(scenario));
    }
    caller.close();
  };
  await Promise.all(Array.from({ length: callers }, (_, index) => one(index)));
  return tally;
}

function note(tally, scenario, { outcome, code, why }) {
  tally.requests += 1;
  add(tally.outcomes, outcome);
  add((tally.models[scenario.model] ??= {}), outcome);
  if (code !== undefined) add(tally.codes, code);
  if (!['lost', 'hung', 'mismatched'].includes(outcome) || tally.samples.length >= MAX_SAMPLES) return;
  tally.samples.push(`${outcome}: ${why} ${JSON.stringify(scenario)}`);
}

function add(counts, key) {
  counts[key] = (counts[key] ?? 0) + 1;
}

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, options }) => {
  run(options).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: error.stack }),
  );
});
