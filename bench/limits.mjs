// What limits cost: in memory, and on one Redis that many replicas share. Needs `npm run build` and redis-server.
//   node bench/limits.mjs [--replicas 50] [--calls 20000]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { RedisConnection } from '../dist/cache/redis-connection.js';
import { SystemClock } from '../dist/limits/clock.js';
import { MemoryLimiter } from '../dist/limits/memory/memory-limiter.js';
import { SpendSeeds } from '../dist/limits/memory/spend-seeds.js';
import { RedisLimiter } from '../dist/limits/redis/redis-limiter.js';

const { values } = parseArgs({
  options: { replicas: { type: 'string', default: '50' }, calls: { type: 'string', default: '20000' } },
});
const replicaCount = Number(values.replicas);
const calls = Number(values.calls);
const KEYS = 100;
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
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, async () => {
      const connection = new RedisConnection(redis.url);
      const memory = memoryOf(clients.flatMap(({ scopes }) => scopes));
      const limiter = await RedisLimiter.open(
        connection,
        memory,
        new SystemClock(),
        new SpendSeeds(undefined),
      );
      return { connection, limiter };
    }),
  );
  const { client } = replicas[0].connection;
  for (const one of clients) (await replicas[0].limiter.admit(one, ESTIMATE)).settle(USED);
  await client.sendCommand(['CONFIG', 'RESETSTAT']);
  let cpu = await cpuOf(client);
  const latencies = [];
  const reservations = [];
  const each = Math.ceil(calls / replicaCount);
  await Promise.all(
    replicas.map(async ({ limiter }, at) => {
      for (let call = 0; call < each; call++) {
        const beganAt = performance.now();
        const admission = await limiter.admit(clients[(at + call) % KEYS], ESTIMATE);
        latencies.push(performance.now() - beganAt);
        if (admission.isAdmitted) reservations.push(admission);
      }
    }),
  );
  const admit = await scriptsOf(client, cpu);
  cpu = await cpuOf(client);
  await client.sendCommand(['CONFIG', 'RESETSTAT']);
  for (let at = 0; at < reservations.length; at++) {
    reservations[at].settle(USED);
    if (at % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const settle = await scriptsOf(client, cpu);
  latencies.sort((one, other) => one - other);
  const away = replicas.filter(({ limiter }) => limiter.state !== 'shared').length;
  console.log(
    `redis, ${name}, ${replicaCount} replicas: ${(admit.calls / latencies.length).toFixed(2)} round trips per admission, ` +
      `${admit.us.toFixed(1)} us of Redis's CPU to admit, ${settle.us.toFixed(1)} us to settle: ` +
      `at most ${Math.round(1e6 / (admit.us + settle.us) / 100) * 100} calls/s, ${Math.round(((settle.us > 0 ? 2 : 1) * 1e6) / (admit.us + settle.us) / 100) * 100} scripts/s; ` +
      `latency here p50 ${latencies[Math.floor(latencies.length / 2)].toFixed(1)} ms, p99 ${latencies[Math.floor(latencies.length * 0.99)].toFixed(1)} ms` +
      (away > 0 ? `; ${away} replicas found Redis too slow` : ''),
  );
  for (const { limiter, connection } of replicas) {
    await limiter.beforeApplicationShutdown();
    connection.close();
  }
}

/** Scripts since the last reset: how many, and how much CPU time of Redis each takes, the network included. */
async function scriptsOf(client, cpuBefore) {
  const cpu = (await cpuOf(client)) - cpuBefore;
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
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
