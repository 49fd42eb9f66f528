/**
 * The load generator: raw sockets, ready-made requests and one shared read buffer, to use little of the CPU that it
 * shares with what it measures. Runs in a process of its own, driven over IPC by run.mjs: each message in is a job,
 * each message out its result.
 *
 * It reads the CPU time of the watched processes itself, at the very moments at which it starts and stops counting.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros, machineMicros } from './support/proc.mjs';
import { percentile } from './support/stats.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');
const EVENT_END = Buffer.from('\n\n');
const DATA = Buffer.from('data:');
/** What ends a reply in OpenAI's chat completions, in Anthropic's Messages, and in OpenAI's Responses. */
const ENDS = ['[DONE]', '"message_stop"', '"response.completed"'].map((text) => Buffer.from(text));
const STREAM_END = '0\r\n\r\n';
const LF = 0x0a;

const input = Buffer.allocUnsafe(256 * 1024);

/** A connection that is kept alive. The owner of the current request takes its bytes. */
class Connection {
  /** @type {(bytes: Buffer) => void} */
  onData = () => undefined;
  /** @type {(error: Error) => void} */
  onGone = () => undefined;
  #isClosing = false;

  /** @param {number} port */
  static open(port) {
    return new Promise((resolve, reject) => {
      const connection = new Connection();
      connection.socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer: input,
          callback: (length) => {
            connection.onData(input.subarray(0, length));
            return true;
          },
        },
      });
      connection.socket.once('connect', () => resolve(connection));
      connection.socket.once('error', (error) => {
        reject(error);
        connection.onGone(error);
      });
      connection.socket.once('close', () => {
        if (!connection.#isClosing) connection.onGone(new Error('the connection was closed'));
      });
    });
  }

  close() {
    this.#isClosing = true;
    this.socket.destroy();
  }
}

/** @param {{ port: number, count: number }} options */
async function openConnections({ port, count }) {
  const connections = [];
  // In small groups: a thousand at once would overflow the server's queue of new connections.
  while (connections.length < count) {
    const group = Array.from({ length: Math.min(50, count - connections.length) }, () =>
      Connection.open(port),
    );
    connections.push(...(await Promise.all(group)));
  }
  return connections;
}

/** @param {readonly number[]} pids */
const cpuOf = (pids) => pids.map(cpuMicros);

/**
 * Keeps each connection busy with one plain request after the other.
 * @param {{ port: number, request: string, connections: number, leadMs: number, leadRequests?: number, windowMs: number,
 *   pids: number[] }} job `leadRequests`: the lead ends with so many requests, if they come within `leadMs`
 */
async function runPlain({
  port,
  request,
  connections: count,
  leadMs,
  leadRequests = Infinity,
  windowMs,
  pids,
}) {
  const bytes = Buffer.from(request);
  const connections = await openConnections({ port, count });
  let sent = 0;
  let completed = 0;
  let isCounting = false;
  let isOver = false;
  let endLead;
  const leadDone = new Promise((resolve) => (endLead = resolve));
  const latencies = [];
  const loops = connections.map(
    (connection) =>
      new Promise((resolve, reject) => {
        let remaining = -1;
        let held = Buffer.alloc(0);
        let sentAt = 0;
        const next = () => {
          if (isOver) return resolve();
          sent += 1;
          if (sent === leadRequests) endLead();
          sentAt = performance.now();
          return connection.socket.write(bytes);
        };
        connection.onGone = reject;
        connection.onData = (chunk) => {
          if (remaining < 0) {
            const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
            const headEnd = all.indexOf(HEAD_END);
            if (headEnd < 0) {
              held = Buffer.from(all);
              return;
            }
            held = held.length === 0 ? held : Buffer.alloc(0);
            const head = all.latin1Slice(0, headEnd);
            const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
            if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
              reject(new Error(`unexpected answer: ${all.toString().slice(0, 600)}`));
              return;
            }
            remaining = Number(length) - (all.length - headEnd - HEAD_END.length);
          } else remaining -= chunk.length;
          if (remaining > 0) return;
          if (remaining < 0) {
            reject(new Error('a response is longer than announced'));
            return;
          }
          remaining = -1;
          if (isCounting) {
            completed += 1;
            latencies.push(performance.now() - sentAt);
          }
          next();
        };
        next();
      }),
  );
  const all = Promise.all(loops);
  all.catch(() => undefined);
  await Promise.race([all, leadDone, sleep(leadMs)]);
  const machineBefore = machineMicros();
  const cpuBefore = cpuOf(pids);
  const startedAt = performance.now();
  isCounting = true;
  await Promise.race([all, sleep(windowMs)]);
  isCounting = false;
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = cpuOf(pids);
  const machineAfter = machineMicros();
  isOver = true;
  await all;
  for (const connection of connections) connection.close();
  return {
    sent,
    completed,
    machineMicros: machineAfter - machineBefore,
    seconds,
    cpuMicros: cpuAfter.map((after, index) => after - cpuBefore[index]),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

/**
 * One stream on a connection; settles when it has ended.
 * @param {Connection} connection
 * @param {Buffer} bytes
 * @param {{ onFirst?: (ms: number) => void, onEvents?: (count: number) => void }} told
 */
function runStream(connection, bytes, told) {
  return new Promise((resolve, reject) => {
    let isFirst = true;
    let hasDone = false;
    let lastByte = 0;
    let tail = '';
    const sentAt = performance.now();
    connection.onGone = reject;
    connection.onData = (chunk) => {
      if (isFirst) {
        if (tail === '' && !chunk.latin1Slice(0, 12).startsWith('HTTP/1.1 200')) {
          reject(new Error(`unexpected answer: ${chunk.toString().slice(0, 600)}`));
          return;
        }
        if (chunk.includes(DATA)) {
          isFirst = false;
          told.onFirst?.(performance.now() - sentAt);
        }
      }
      let events = lastByte === LF && chunk[0] === LF ? 1 : 0;
      for (let at = chunk.indexOf(EVENT_END); at >= 0; at = chunk.indexOf(EVENT_END, at + 2)) events += 1;
      lastByte = chunk[chunk.length - 1];
      if (events > 0) told.onEvents?.(events);
      hasDone ||= ENDS.some((end) => chunk.includes(end));
      tail = (tail + chunk.latin1Slice(Math.max(0, chunk.length - 8))).slice(-8);
      if (!tail.endsWith(STREAM_END)) return;
      if (hasDone) resolve();
      else reject(new Error('a stream ended before its reply did'));
    };
    connection.socket.write(bytes);
  });
}

/**
 * Runs a fixed number of streams side by side, each once.
 * @param {{ port: number, request: string, streams: number, spreadMs: number, pids: number[] }} job
 */
async function runStreams({ port, request, streams, spreadMs, pids }) {
  const bytes = Buffer.from(request);
  const connections = await openConnections({ port, count: streams });
  let events = 0;
  const told = { onEvents: (count) => (events += count) };
  const cpuBefore = cpuOf(pids);
  const startedAt = performance.now();
  // Evenly over one pause between events, as independent clients would come: not all in the same turn of the
  // event loop.
  const perMs = Math.ceil(streams / spreadMs);
  const running = [];
  for (const [index, connection] of connections.entries()) {
    if (index > 0 && index % perMs === 0) await sleep(1);
    running.push(runStream(connection, bytes, told));
  }
  await Promise.all(running);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = cpuOf(pids);
  for (const connection of connections) connection.close();
  return { events, seconds, cpuMicros: cpuAfter.map((after, index) => after - cpuBefore[index]) };
}

/** A few streams side by side, one after the other on each connection, for the time to their first token. */
async function runFirstTokens({ port, request, streams, windowMs }) {
  const bytes = Buffer.from(request);
  const connections = await openConnections({ port, count: streams });
  const times = [];
  const told = { onFirst: (ms) => times.push(ms) };
  const endAt = performance.now() + windowMs;
  await Promise.all(
    connections.map(async (connection, index) => {
      // The first stream on a connection also opens the connection behind the proxy.
      await runStream(connection, bytes, {});
      await sleep(index * 7);
      while (performance.now() < endAt) await runStream(connection, bytes, told);
    }),
  );
  for (const connection of connections) connection.close();
  return { count: times.length, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}

/** @type {Connection[]} */
let held = [];

/** Opens streams and leaves them open; settles when each has sent its first event. */
async function holdStreams({ port, request, streams }) {
  const bytes = Buffer.from(request);
  const times = [];
  while (held.length < streams) {
    const group = await openConnections({ port, count: Math.min(25, streams - held.length) });
    held.push(...group);
    await Promise.all(
      group.map(
        (connection) =>
          new Promise((resolve, reject) => {
            const onFirst = (ms) => resolve(times.push(ms));
            runStream(connection, bytes, { onFirst }).then(
              () => reject(new Error('a held stream ended')),
              reject,
            );
          }),
      ),
    );
  }
  return { open: held.length, p50Ms: percentile(times, 0.5) };
}

async function releaseStreams() {
  for (const connection of held) connection.close();
  held = [];
  return {};
}

const JOBS = {
  plain: runPlain,
  streams: runStreams,
  firstTokens: runFirstTokens,
  hold: holdStreams,
  release: releaseStreams,
};

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, job, options }) => {
  JOBS[job](options).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: error.message }),
  );
});
