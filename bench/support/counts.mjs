import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { stop } from './processes.mjs';
import { Rig } from './rig.mjs';
import { GATEWAY_KEY, plainBody } from './traffic.mjs';

const COUNTER = join(import.meta.dirname, 'counter.mjs');
/** Room for the garbage of all counted calls: nothing is collected meanwhile. */
const NEW_SPACE_MB = 128;
const WARM_CALLS = 3000;
const CALLS = 1000;
/** The files whose functions read JSON byte by byte: how often they are called depends on the bodies. */
const READERS = /\/protocol\/scanning\/json-(?:scan|tokens)\.js$/;

/**
 * What one plain chat costs in figures that do not depend on the machine: functions of the gateway's own that are
 * called, files that they are in, and kilobytes of garbage on the heap of V8. One call at a time, in a fresh process,
 * with the fixed service behind it, since the work for a response depends on its fields.
 */
export async function measureCounts({ options }) {
  const rig = await Rig.start({ ...options, upstreamKind: 'fixed' });
  const gateway = await rig.startGateway({
    nodeOptions: [
      `--min-semi-space-size=${NEW_SPACE_MB}`,
      `--max-semi-space-size=${NEW_SPACE_MB}`,
      `--import=${COUNTER}`,
    ],
    hasIpc: true,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const chat = () => sendPlain(agent, gateway.port);
  const ask = async (message) => {
    gateway.child.send(message);
    const [answer] = await once(gateway.child, 'message');
    return answer;
  };
  const times = async (count) => {
    for (let call = 0; call < count; call += 1) await chat();
  };
  try {
    await times(WARM_CALLS);
    await ask('collect');
    await times(CALLS);
    const before = await ask('heap');
    await times(CALLS);
    const after = await ask('heap');
    if (after.collections > before.collections)
      throw new Error('garbage was collected while it was measured');
    await ask('start');
    await times(CALLS);
    const { functions } = await ask('stop');
    // The functions that timers and the counter itself call are called less often.
    const ofCalls = functions.filter(({ count }) => count >= CALLS);
    return {
      calls: callsOf(ofCalls),
      readingCalls: callsOf(ofCalls.filter(({ url }) => READERS.test(url))),
      files: new Set(ofCalls.map(({ url }) => url)).size,
      garbageKb: (after.heapBytes - before.heapBytes) / CALLS / 1024,
      functions: ofCalls,
    };
  } finally {
    agent.destroy();
    await stop(gateway.child);
  }
}

function callsOf(functions) {
  return functions.reduce((sum, { count }) => sum + count, 0) / CALLS;
}

/** One plain chat, on a kept connection. */
function sendPlain(agent, port) {
  const body = plainBody('bench-model');
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        authorization: `Bearer ${GATEWAY_KEY}`,
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
