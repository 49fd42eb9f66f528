import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { takeTurns } from './plain.mjs';
import { stop } from './processes.mjs';

const BENCH = join(import.meta.dirname, '..');
/** The share to be seen is smaller than what else differs between two turns: many short ones are taken. */
const TIMES_AS_MANY_TURNS = 12;
const SHARE_OF_A_WINDOW = 0.25;
const LEAD_MS = 100;

/**
 * Plain chats whose records are kept in an SQLite file, beside those of which the gateway only keeps sums, as it does
 * without a store. Both in one process, which is switched between turns: two processes of the same program differ by more.
 */
export async function measureUsageStore(rig, { rounds, plain }) {
  const path = join(rig.options.folder, 'usage.db');
  const gateway = await rig.startGateway({
    configPath: withStore(rig.options.folder, path),
    nodeOptions: [...rig.options.nodeOptions, `--import=${join(BENCH, 'support/usage-switch.mjs')}`],
    hasIpc: true,
  });
  const { traffic } = rig.variants.gateway;
  const variant = (name, keepsCalls) => ({
    name,
    ...gateway,
    traffic,
    prepare: async () => {
      gateway.child.send({ keepsCalls });
      await once(gateway.child, 'message');
    },
  });
  const variants = { unkept: variant('unkept', false), kept: variant('kept', true) };
  // The one that showed that the gateway is ready.
  let keptCalls = 1;
  const short = { ...plain, leadMs: LEAD_MS, windowMs: plain.windowMs * SHARE_OF_A_WINDOW };
  const sizes = { rounds: rounds * TIMES_AS_MANY_TURNS, plain: short };
  const results = await takeTurns(rig, variants, sizes, ({ name }, sent) => {
    if (name === 'kept') keptCalls += sent;
  });
  await stop(gateway.child);
  assert.equal(storedCalls(path), keptCalls, 'calls in the store');
  return results;
}

/** Not in the folder of the log and of the store: the gateway watches the one of its configuration. */
function withStore(folder, path) {
  const own = join(folder, 'stored');
  mkdirSync(own);
  const config = join(own, 'gateway.yaml');
  const plain = readFileSync(join(BENCH, 'gateway.yaml'), 'utf8');
  writeFileSync(config, `${plain}\nusage:\n  store: 'file:${path}'\n`);
  return config;
}

function storedCalls(path) {
  const database = new Database(path);
  const [{ calls }] = database.prepare('select count(*) as calls from usage_calls').all();
  database.close();
  return calls;
}
