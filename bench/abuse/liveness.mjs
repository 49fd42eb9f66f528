/** Polls liveness all the time, in a thread of its own, and reports the longest wait. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData as port } from 'node:worker_threads';

const EVERY_MS = 20;
const GIVE_UP_MS = 30_000;
let longest = 0;
let since;

parentPort.on('message', () =>
  parentPort.postMessage(Math.max(longest, since === undefined ? 0 : performance.now() - since)),
);

let hasStarted = false;
for (;;) {
  since = hasStarted ? performance.now() : undefined;
  const startedAt = performance.now();
  const isAlive = await ask();
  if (isAlive) hasStarted = true;
  // A wait that was given up counts, too.
  if (hasStarted) longest = Math.max(longest, performance.now() - startedAt);
  since = undefined;
  await sleep(EVERY_MS);
}

function ask() {
  return new Promise((done) => {
    const req = request(
      { port, host: '127.0.0.1', path: '/v1/health', agent: false, timeout: GIVE_UP_MS },
      (res) => {
        res.resume().on('end', () => done(true));
      },
    );
    req.on('timeout', () => req.destroy()).on('error', () => done(false));
    req.end();
  });
}
