/**
 * The model services of a soak run: the product's own sandbox, told to misbehave, in a process of its own.
 *
 *     node bench/soak/upstream.mjs DIST SEED FAULT_PERCENT     (started by soak.mjs: it talks over IPC)
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { faultOrders } from './faults.mjs';
import { UPSTREAM_KEY, UPSTREAM_USER } from './models.mjs';

/** Short, so that connections that still exist after a run are not merely waiting for their next use. */
const KEEP_ALIVE_MS = 2000;
const CHUNK_DELAY_MS = 5;

const [dist, seed, faultPercent] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

const load = (file) => import(pathToFileURL(resolve(dist, 'sandbox', file)).href);
const { Sandbox } = await load('sandbox.js');
const { parseFaultOrders } = await load('faults/fault-parser.js');
const sandbox = await Sandbox.start({
  keys: [UPSTREAM_KEY],
  users: { [UPSTREAM_USER.username]: UPSTREAM_USER.password },
  chunkDelayMs: CHUNK_DELAY_MS,
  keepAliveMs: KEEP_ALIVE_MS,
  record: 0,
  faults: parseFaultOrders(faultOrders(Number(faultPercent))),
  seed: Number(seed),
});
process.send?.({ url: sandbox.url });
