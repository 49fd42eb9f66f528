import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { LIMITED_KEY, PRICED_MODEL, withLimits } from './limited.mjs';
import { stop } from './processes.mjs';
import { Rig } from './rig.mjs';
import { GATEWAY_KEY, plainBody } from './traffic.mjs';

const COUNTER = join(import.meta.dirname, 'counter.mjs');
/** Room for the garbage of all counted calls: nothing is collected meanwhile. */
const NEW_SPACE_MB = 128;
const WARM_CALLS = 3000;
const CALLS = 1000;
/** The files whose functions read JSON byte by byte: how often they are called depends on the bodies. */
const READERS = /\/protocol\/scanning\/(?:field-names|json-(?:scan|tokens))\.js$/;

const LIMITS = /\/limits\//;

/**
 * What one plain chat costs in figures that do not depend on the machine: functions of the gateway's own that are
 * called, files that they are in, and kilobytes of garbage on the heap of V8. One call at a time, in a fresh process,
 * with the fixed service behind it, since the work for a response depends on its fields. `limited`: the same for a client
 * whose key and team have all limits; `besideLimited`: for one without limits in the same gateway.
 */
export async function measureCounts({ options }) {
  const rig = await Rig.start({ ...options, upstreamKind: 'fixed' });
  const plain = await inProcess(rig, {}, (process) => countsOf(process, GATEWAY_KEY, 'bench-model'));
  const configPath = withLimits(options.folder);
  const others = await inProcess(rig, { configPath }, async (process) => ({
    limited: await countsOf(process, LIMITED_KEY, PRICED_MODEL),
    besideLimited: await functionsOf(process, GATEWAY_KEY, 'bench-model'),
  }));
  return { ...plain, ...others };
}

async function inProcess(rig, changes, measure) {
  const { child, port } = await rig.startGateway({
    ...changes,
    nodeOptions: [
      `--min-semi-space-size=${NEW_SPACE_MB}`,
      `--max-semi-space-size=${NEW_SPACE_MB}`,
      `--import=${COUNTER}`,
    ],
    hasIpc: true,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (message) => {
    child.send(message);
    const [answer] = await once(child, 'message');
    return answer;
  };
  const times = async (count, key, model) => {
    for (let call = 0; call < count; call += 1) await sendPlain(agent, port, key, model);
  };
  try {
    return await measure({ ask, times });
  } finally {
    agent.destroy();
    await stop(child);
  }
}

async function countsOf({ ask, times }, key, model) {
  await times(WARM_CALLS, key, model);
  await ask('collect');
  await times(CALLS, key, model);
  const before = await ask('heap');
  await times(CALLS, key, model);
  const after = await ask('heap');
  if (after.collections > before.collections) throw new Error('garbage was collected while it was measured');
  const garbageKb = (after.heapBytes - before.heapBytes) / CALLS / 1024;
  return { ...(await functionsOf({ ask, times }, key, model)), garbageKb };
}

async function functionsOf({ ask, times }, key, model) {
  await ask('start');
  await times(CALLS, key, model);
  const { functions } = await ask('stop');
  // The functions that timers and the counter itself call are called less often.
  const ofCalls = functions.filter(({ count }) => count >= CALLS);
  return {
    calls: callsOf(ofCalls),
    readingCalls: callsOf(ofCalls.filter(({ url }) => READERS.test(url))),
    limitCalls: callsOf(ofCalls.filter(({ url }) => LIMITS.test(url))),
    files: new Set(ofCalls.map(({ url }) => url)).size,
    functions: ofCalls,
  };
}

function callsOf(functions) {
  return functions.reduce((sum, { count }) => sum + count, 0) / CALLS;
}

/** One plain chat, on a kept connection. */
function sendPlain(agent, port, key, model) {
  const body = plainBody(model);
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    };
    request(options, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`HTTP ${answer.statusCode}`));
      answer.on('end', resolve).on('error', reject).resume();
    })
      .on('error', reject)
      .end(body);
  });
}
