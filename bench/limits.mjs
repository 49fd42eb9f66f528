// What limits cost: in memory, and on one Redis that many replicas share. Needs `npm run build` and redis-server.
//   node bench/limits.mjs [--replicas 50] [--calls 20000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RedisConnection } from '../dist/cache/redis-connection.js';
import { SystemClock } from '../dist/limits/clock.js';
import { MemoryLimiter } from '../dist/limits/memory/memory-limiter.js';
import { SpendSeeds } from '../dist/limits/memory/spend-seeds.js';
import { RedisLimiter } from '../dist/limits/redis/redis-limiter.js';
import { median } from './support/stats.mjs';

const { values } = parseArgs({
  options: { replicas: { type: 'string', default: '50' }, calls: { type: 'string', default: '20000' } },
});
const replicaCount = Number(values.replicas);
const calls = Number(values.calls);
const KEYS = 100;
/** Each begins with no call running: calls of a gateway do not all end after the last has begun. */
const ROUNDS = 10;
const MOST_TRIES = 3 * ROUNDS;
const SETTLED_AT_ONCE = 1000;
/** How long replicas may take to come back to Redis. */
const JOIN_MS = 60_000;
const ESTIMATE = { tokens: 500, leastTokens: 500, nanoUsd: 1000, leastNanoUsd: 1000 };
const USED = { tokens: 300, nanoUsd: 700 };
const ALL = {
  requests_per_minute: 1e9,
  tokens_per_minute: 1e12,
  max_concurrent: 1e9,
  budget: { usd: 1e6, per: 'month' },
};
const team = { kind: 'team', name: 'team', limits: ALL };
const CASES = {
  'requests per minute of a key': (at) => [
    { kind: 'key', name: `one-${at}`, limits: { requests_per_minute: 1e9 } },
  ],
  'all limits of a key': (at) => [{ kind: 'key', name: `all-${at}`, limits: ALL }],
  'all limits of a key and its team': (at) => [
    { kind: 'key', name: `both-${at}`, team: 'team', limits: ALL },
    team,
  ],
};

Logger.overrideLogger(false);
const memoryOf = (scopes) =>
  new MemoryLimiter(
    new SystemClock(),
    () => scopes,
    () => 'UTC',
  );

for (const [name, scopesOf] of Object.entries(CASES)) {
  const limiter = memoryOf([]);
  const client = { scopes: scopesOf(0) };
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const beganAt = performance.now();
    for (let call = 0; call < 100_000; call++) limiter.admit(client, ESTIMATE).settle(USED);
    best = Math.min(best, ((performance.now() - beganAt) * 1000) / 100_000);
  }
  console.log(`memory, ${name}: ${best.toFixed(1)} us to admit and settle`);
}

const redis = await startRedis();
try {
  for (const [name, scopesOf] of Object.entries(CASES)) await measure(name, scopesOf);
} finally {
  await redis.stop();
}

async function measure(name, scopesOf) {
  const clients = Array.from({ length: KEYS }, (_, at) => ({ scopes: scopesOf(at) }));
  const replicas = [];
  try {
    for (let at = 0; at < replicaCount; at++) replicas.push(await openReplica(clients));
    const rounds = [];
    let tries = 0;
    for (; rounds.length < ROUNDS && tries < MOST_TRIES; tries++) {
      const round = await measureRound(replicas, clients);
      if (round !== undefined) rounds.push(round);
    }
    print(name, rounds, tries);
  } finally {
    await Promise.all(
      replicas.map(async ({ limiter, connection }) => {
        await limiter.beforeApplicationShutdown();
        connection.close();
      }),
    );
  }
}

async function openReplica(clients) {
  const connection = new RedisConnection(redis.url);
  const memory = memoryOf(clients.flatMap(({ scopes }) => scopes));
  const clock = new SystemClock();
  const limiter = await RedisLimiter.open(connection, memory, clock, new SpendSeeds(undefined));
  return { connection, limiter };
}

/**
 * Admits the calls of a round, all replicas at once, and then settles them.
 * @returns undefined if a replica has counted alone meanwhile, because Redis was too slow for it
 */
async function measureRound(replicas, clients) {
  await untilShared(replicas);
  const { client } = replicas[0].connection;
  const latencies = [];
  const reservations = [];
  const each = Math.ceil(calls / ROUNDS / replicaCount);
  const admit = await scriptsDuring(client, () =>
    Promise.all(
      replicas.map(async ({ limiter }, at) => {
        for (let call = 0; call < each; call++) {
          const beganAt = performance.now();
          const admission = await limiter.admit(clients[(at + call) % KEYS], ESTIMATE);
          latencies.push(performance.now() - beganAt);
          reservations.push(admission);
        }
      }),
    ),
  );
  const isShared = reservations.every(({ isAdmitted, isReported }) => isAdmitted && isReported);
  const settle = await scriptsDuring(client, async () => {
    while (reservations.length > 0) {
      for (const one of reservations.splice(0, SETTLED_AT_ONCE)) one.settle(USED);
      // Redis has had them all when it answers: no call of a gateway waits behind thousands of others.
      await Promise.all(replicas.map(({ connection }) => connection.client.ping()));
    }
  });
  if (!isShared || !replicas.every(isSharing)) return undefined;
  return { roundTrips: admit.calls / latencies.length, admitUs: admit.us, settleUs: settle.us, latencies };
}

async function untilShared(replicas) {
  const untilMs = performance.now() + JOIN_MS;
  while (!replicas.every(isSharing)) {
    if (performance.now() > untilMs) throw new Error('the replicas do not come back to Redis');
    await sleep(50);
  }
}

function isSharing({ limiter }) {
  return limiter.state === 'shared';
}

function print(name, rounds, tries) {
  const head = `redis, ${name}, ${replicaCount} replicas: `;
  if (rounds.length < ROUNDS) {
    console.log(`${head}Redis was too slow in ${tries - rounds.length} of ${tries} rounds: not measured`);
    process.exitCode = 1;
    return;
  }
  const of = (figure) => median(rounds.map((round) => round[figure]));
  const us = of('admitUs') + of('settleUs');
  const scripts = of('settleUs') > 0 ? 2 : 1;
  const perSecond = (count) => Math.round((count * 1e6) / us / 100) * 100;
  const latencies = rounds.flatMap((round) => round.latencies).toSorted((one, other) => one - other);
  const latency = (share) => latencies[Math.floor(latencies.length * share)].toFixed(1);
  console.log(
    `${head}${of('roundTrips').toFixed(2)} round trips per admission, ` +
      `${of('admitUs').toFixed(1)} us of Redis's CPU to admit, ${of('settleUs').toFixed(1)} us to settle: ` +
      `at most ${perSecond(1)} calls/s, ${perSecond(scripts)} scripts/s; ` +
      `latency here p50 ${latency(0.5)} ms, p99 ${latency(0.99)} ms` +
      (tries > ROUNDS ? `; Redis was too slow in ${tries - ROUNDS} more rounds` : ''),
  );
}

/** Scripts that Redis runs meanwhile: how many, and how much CPU time each takes, the network included. */
async function scriptsDuring(client, work) {
  await client.sendCommand(['CONFIG', 'RESETSTAT']);
  const before = await cpuOf(client);
  await work();
  const cpu = (await cpuOf(client)) - before;
  const stats = String(await client.sendCommand(['INFO', 'commandstats']));
  let count = 0;
  for (const [, number] of stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)) count += Number(number);
  return { calls: count, us: count === 0 ? 0 : cpu / count };
}

/** CPU time of Redis, in microseconds: other programs of the machine do not count. */
async function cpuOf(client) {
  const info = String(await client.sendCommand(['INFO', 'cpu']));
  const seconds = [...info.matchAll(/used_cpu_(?:sys|user):([\d.]+)/g)].map(([, text]) => Number(text));
  return seconds.reduce((sum, each) => sum + each, 0) * 1e6;
}

async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-limits-'));
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args.map(String), { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!(await isOpen(port)))
    await Promise.race([sleep(50), ended.then(() => Promise.reject(new Error('redis-server has ended')))]);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isOpen(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
