import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentKb } from '../support/proc.mjs';
import { until } from '../support/processes.mjs';
import { median } from '../support/stats.mjs';

/** The sandbox closes an idle connection after two seconds. */
const SETTLE_MS = 8000;
const QUIET_MS = 500;
const MB = 1024 * 1024;

/**
 * @typedef {object} State what the gateway holds without calls
 * @property {number} rssMb resident memory
 * @property {number} heapMb live objects on the heap
 * @property {number} reservedMb reserved for the heap
 * @property {number} buffersMb memory outside the heap
 * @property {number} files open file descriptors
 * @property {number} upstreamCalls calls that are still running at the upstream
 * @property {number} upstreamConnections connections that are still open at the upstream
 */

/**
 * Waits until nothing is running, or nothing should be, and measures.
 * @param {import('node:child_process').ChildProcess} gateway @param {string} upstream
 * @returns {Promise<State>}
 */
export async function settledState(gateway, upstream) {
  let state = await upstreamState(upstream);
  const isQuiet = async () => {
    state = await upstreamState(upstream);
    return state.open_calls === 0 && state.connections === 0 ? true : undefined;
  };
  // A run that is not quiet in time is a finding, not a failure of the measurement.
  await until('a quiet upstream', isQuiet, { everyMs: 200, withinMs: SETTLE_MS }).catch(() => undefined);
  await sleep(QUIET_MS);
  gateway.kill('SIGUSR2');
  const [{ heapUsed, heapTotal, external }] = await once(gateway, 'message');
  await sleep(QUIET_MS);
  return {
    rssMb: residentKb(gateway.pid) / 1024,
    heapMb: heapUsed / MB,
    reservedMb: heapTotal / MB,
    buffersMb: external / MB,
    files: openFiles(gateway.pid),
    upstreamCalls: state.open_calls,
    upstreamConnections: state.connections,
  };
}

/** What the sandbox says of itself; the connection that asks does not count. @param {string} upstream */
export async function upstreamState(upstream) {
  const answer = await fetch(`${upstream}/sandbox/state`, { headers: { connection: 'close' } });
  const state = await answer.json();
  return { ...state, connections: state.connections - 1 };
}

/** @param {number} pid */
export function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Samples a process's memory until it is stopped. */
export class MemoryWatch {
  #samples = [];
  #timer;

  /** @param {number} pid */
  constructor(pid) {
    this.#timer = setInterval(() => this.#samples.push(residentKb(pid) / 1024), 250);
  }

  /** @returns {{ peakMb: number, tenthsMb: number[] }} the most, and the middle of each tenth of the time */
  stop() {
    clearInterval(this.#timer);
    const samples = this.#samples;
    const edge = (tenth) => Math.floor((samples.length * tenth) / 10);
    const tenths = Array.from({ length: 10 }, (_, tenth) => samples.slice(edge(tenth), edge(tenth + 1)));
    return {
      peakMb: Math.max(0, ...samples),
      tenthsMb: tenths.filter(({ length }) => length > 0).map(median),
    };
  }
}

/** Lines of the gateway's log about failures of its own. @param {string} logPath */
export function ownFaults(logPath) {
  return readFileSync(logPath, 'utf8')
    .split('\n')
    .filter((line) => /"error":"internal_error"|"level":"fatal"|unhandled/i.test(line));
}
