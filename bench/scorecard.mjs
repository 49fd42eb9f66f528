/**
 * The failover scorecard: each fault against each protection, with what the client saw and how long it took. The
 * expected results are in scorecard/rows.mjs; any other result is red, and the exit code is then 1.
 *
 *     node bench/scorecard.mjs [--dist DIR] [--only NAME,…]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BREAKER_CALLS, PROTECTIONS, modelOf, scorecardConfig } from './scorecard/protections.mjs';
import { ROWS } from './scorecard/rows.mjs';
import { printScorecard } from './scorecard/table.mjs';
import { Caller } from './soak/caller.mjs';
import { UPSTREAM_KEY, UPSTREAM_USER } from './soak/models.mjs';
import { freePort, startNode, stopAll, temporaryFolder, until } from './support/processes.mjs';

/** For the machine's other work, in addition to the timeouts and pauses of a cell. */
const SLACK_MS = 1000;

const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
    only: { type: 'string' },
  },
});
const dist = resolve(values.dist);
process.exitCode = await main();

async function main() {
  if (!existsSync(join(dist, 'main.js'))) {
    process.stderr.write(`scorecard: ${dist} holds no main.js; run 'npm run build' first.\n`);
    return 1;
  }
  const only = values.only?.split(',');
  const rows = ROWS.filter(({ name }) => only === undefined || only.includes(name));
  const { Sandbox } = await import(pathToFileURL(join(dist, 'sandbox/sandbox.js')).href);
  const options = {
    keys: [UPSTREAM_KEY],
    users: { [UPSTREAM_USER.username]: UPSTREAM_USER.password },
    chunkDelayMs: 1,
    record: 10_000,
  };
  const [bad, good] = [await Sandbox.start(options), await Sandbox.start(options)];
  try {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const port = await startGateway(scorecardConfig(rows, { bad: bad.url, good: good.url, dead }));
    const lines = [];
    for (const row of rows) lines.push({ row, cells: await measureRow(row, port, bad) });
    printScorecard(lines);
    return lines.every(({ cells }) => cells.every(({ wrong }) => wrong === undefined)) ? 0 : 1;
  } finally {
    await Promise.all([bad.close(), good.close()]);
    await stopAll();
  }
}

/** @returns the gateway's port */
async function startGateway(config) {
  const folder = temporaryFolder();
  const file = join(folder, 'models.yaml');
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  startNode([join(dist, 'main.js'), '--config', file, '--port', String(port)], {
    logPath: join(folder, 'gateway.log'),
  });
  await until('the gateway', () =>
    fetch(`http://127.0.0.1:${port}/v1/health/ready`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  );
  return port;
}

/** In parallel, except where a cell needs the kept connection for itself. */
async function measureRow(row, port, bad) {
  if (!row.hasPrelude && !row.hasLogin) {
    return Promise.all(PROTECTIONS.map((protection) => measureCell(row, protection, port, bad)));
  }
  const cells = [];
  for (const protection of PROTECTIONS) cells.push(await measureCell(row, protection, port, bad));
  return cells;
}

async function measureCell(row, protection, port, bad) {
  const expected = protection.streamsOnly && !row.isStream ? '-' : row.expected[protection.name];
  if (expected === '-') return { seen: '-' };
  const model = modelOf(row, protection);
  const caller = new Caller(port);
  let calls = 0;
  const call = () =>
    caller.call({
      nonce: `${model}-${++calls}`,
      model,
      isStream: row.isStream,
      isSlow: false,
      leaves: 'stays',
    });
  try {
    // Before the measurement, code is loaded, a token obtained and a connection opened.
    if (!row.isDead && protection.name !== 'breaker') await call();
    const isOnce = row.isOnce || protection.isOnce;
    if (row.fault !== undefined) bad.fail(row.fault, isOnce ? 1 : Infinity, { model });
    if (row.hasPrelude) await call();
    if (protection.name === 'breaker') for (let time = 0; time < BREAKER_CALLS; time += 1) await call();
    const before = callsTo(bad, model);
    const startedAt = performance.now();
    const verdict = await call();
    const ms = Math.round(performance.now() - startedAt);
    const seen = wordsOf(verdict);
    return {
      seen,
      ms,
      wrong: wrongWith({ seen, ms, expected, row, isUntouched: callsTo(bad, model) === before }),
    };
  } finally {
    caller.close();
  }
}

function callsTo(sandbox, model) {
  return sandbox.requests.filter(({ body }) => body.includes(JSON.stringify(model))).length;
}

function wordsOf({ outcome, status, code, why }) {
  if (outcome === 'whole') return 'whole';
  if (outcome === 'error') return `${status} ${code}`;
  return outcome === 'in-band' ? `in-band ${code}` : `${outcome}: ${why}`;
}

function wrongWith({ seen, ms, expected, row, isUntouched }) {
  if (seen !== expected) return `expected ${expected}`;
  if (seen.endsWith('circuit_open')) return isUntouched ? undefined : 'the service was called all the same';
  return ms <= row.mostMs + SLACK_MS ? undefined : `expected within ${row.mostMs + SLACK_MS} ms`;
}
