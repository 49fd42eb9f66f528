import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const END_MS = 3000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {string[]} */
const folders = [];

// Whatever ends the benchmark also ends its processes.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** A folder that is removed at the end of the benchmark. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  folders.push(folder);
  return folder;
}

/**
 * Starts a Node process. Its standard output goes to `logPath` where one is given, else to ours.
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, logPath?: string, hasIpc?: boolean, mayEnd?: boolean }} [options]
 *   `mayEnd`: its end is a result, not a failure of the benchmark
 */
export function startNode(args, { env = {}, logPath, hasIpc = false, mayEnd = false } = {}) {
  const out = logPath === undefined ? 'inherit' : openSync(logPath, 'a');
  const stdio = ['ignore', out, 'inherit'];
  if (hasIpc) stdio.push('ipc');
  const child = spawn(process.execPath, args, { stdio, env: { ...cleanEnv(), ...env } });
  running.add(child);
  child.once('exit', (code, signal) => {
    if (!running.delete(child) || mayEnd) return;
    console.error(`bench: ${args.join(' ')} ended by itself (${signal ?? code})`);
    process.exit(1);
  });
  return child;
}

/** Proxy settings and Node options of the user's shell would change the measurement. */
function cleanEnv() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(https?_proxy|no_proxy|node_options|port)$/i.test(name),
    ),
  );
}

/** Ends a process that `startNode` started. @param {import('node:child_process').ChildProcess} child */
export async function stop(child, signal = 'SIGTERM') {
  if (!running.delete(child)) return;
  const isGone = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await isGone;
  clearTimeout(timer);
}

export async function stopAll() {
  await Promise.all([...running].map((child) => stop(child)));
}

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Calls `look` again and again until it returns something.
 * @template T
 * @param {string} what
 * @param {() => Promise<T | undefined>} look
 */
export async function until(what, look, { everyMs = 10, withinMs = 20_000 } = {}) {
  const endAt = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endAt) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await sleep(everyMs);
  }
}

/** The load generator, or another process that takes jobs over IPC. */
export class Worker {
  #lastId = 0;

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.child = child;
  }

  /**
   * @param {string} job
   * @param {object} [options]
   * @returns {Promise<any>} what the job says
   */
  run(job, options = {}) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const onMessage = (message) => {
        if (message.id !== id) return;
        this.child.off('message', onMessage);
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(`load generator, ${job}: ${message.error}`));
      };
      this.child.on('message', onMessage);
      this.child.send({ id, job, options });
    });
  }
}
