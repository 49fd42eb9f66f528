import { Logger } from '@nestjs/common';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { RedisConnection } from '../../src/cache/redis-connection.js';
import { type KeyLimitsConfig } from '../../src/config/auth.config.js';
import { SystemClock } from '../../src/limits/clock.js';
import { type LimitScope } from '../../src/auth/limit-scope.js';
import { type Admission, type Estimate, type Refusal, type Reservation } from '../../src/limits/limiter.js';
import { MemoryLimiter } from '../../src/limits/memory/memory-limiter.js';
import { SpendSeeds } from '../../src/limits/memory/spend-seeds.js';
import { type Period } from '../../src/limits/period.js';
import { RedisLimiter } from '../../src/limits/redis/redis-limiter.js';
import { type Timing } from '../../src/limits/redis/membership.js';
import { SpendHistory } from '../../src/limits/spend-history.js';
import { type TestRedis, startRedis, describeWithRedis } from './redis-server.js';

export const NANO = 1e9;
export const QUICK: Timing = { leaseMs: 3000, reportMs: 200 };

/** What calls have cost, as a store would know it. */
export class History extends SpendHistory {
  nanoUsd = 0;
  reads = 0;
  isAway = false;

  spentNanoUsd(_scope: Pick<LimitScope, 'kind' | 'name'>, _period: Period): Promise<number> {
    this.reads++;
    if (this.isAway) return Promise.reject(new Error('away'));
    return Promise.resolve(this.nanoUsd);
  }
}

export interface Replica {
  readonly limiter: RedisLimiter;
  readonly redis: RedisConnection;
  readonly admit: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Admission>;
  readonly admitted: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Reservation>;
  readonly refused: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Refusal>;
  /** As a kill would end it. */
  readonly die: () => void;
}

export const sure = (tokens = 0, usd = 0): Estimate => ({
  tokens,
  leastTokens: tokens,
  nanoUsd: Math.round(usd * NANO),
  leastNanoUsd: Math.round(usd * NANO),
});
export const used = (tokens = 0, usd = 0) => ({ tokens, nanoUsd: Math.round(usd * NANO) });
export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let names = 0;

/** A scope of its own each time, so that no test finds the counters of another. */
export const keyWith = (limits: KeyLimitsConfig, team?: string): LimitScope => ({
  kind: 'key',
  name: `bot {${names++}}: 密`,
  limits,
  team,
});
export const teamWith = (limits: KeyLimitsConfig): LimitScope => ({
  kind: 'team',
  name: `search ${names++}`,
  limits,
});

/** A Redis, and replicas of the limiter that share it, each as a process of its own would have it. */
export class LimiterReplicas {
  /** Those of every call that names no others. */
  scopes: LimitScope[] = [];
  readonly #replicas: Replica[] = [];

  private constructor(readonly server: TestRedis) {}

  static async open(): Promise<LimiterReplicas> {
    return new LimiterReplicas(await startRedis());
  }

  async start(history?: SpendHistory, url = this.server.url, expected?: number): Promise<Replica> {
    const redis = new RedisConnection(url);
    const clock = new SystemClock();
    const memory = new MemoryLimiter(
      clock,
      () => this.scopes,
      () => 'UTC',
    );
    const limiter = await RedisLimiter.open(redis, memory, clock, new SpendSeeds(history), QUICK, expected);
    const admit = async (estimate = sure(), ...of: LimitScope[]) =>
      limiter.admit({ scopes: of.length === 0 ? this.scopes : of }, estimate);
    const replica: Replica = {
      limiter,
      redis,
      admit,
      admitted: async (...call) => {
        const admission = await admit(...call);
        if (!admission.isAdmitted) throw new Error(`refused: ${admission.what}`);
        return admission;
      },
      refused: async (...call) => {
        const admission = await admit(...call);
        if (admission.isAdmitted) throw new Error('admitted');
        return admission;
      },
      die: () => redis.close(),
    };
    this.#replicas.push(replica);
    return replica;
  }

  startAll(count: number, history?: SpendHistory): Promise<Replica[]> {
    return Promise.all(Array.from({ length: count }, () => this.start(history)));
  }

  endAll(): void {
    for (const { die } of this.#replicas.splice(0)) die();
  }
}

/** What is used of a limit of the first scope, read when the limiter asks Redis anew. */
export async function useOf({ limiter }: Replica, what: string) {
  await sleep(1050);
  const [state] = await limiter.states();
  return state!.limits.find((use) => use.what === what)!;
}

/** A line to Redis whose near ends can be cut while Redis still reads from the far ones. */
export async function startLine(port: number): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
  const ends: [Socket, Socket][] = [];
  const line = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    ends.push([near, far]);
    near.on('data', (bytes) => far.write(bytes)).on('error', () => undefined);
    far.on('data', (bytes) => near.write(bytes)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(line.address() as AddressInfo).port}`,
    cut: () => {
      for (const [near] of ends) near.destroy();
    },
    close: async () => {
      for (const pair of ends) for (const end of pair) end.destroy();
      await new Promise((resolve) => line.close(resolve));
    },
  };
}

/** What `describeWithLimiters` has opened. */
export let rig: LimiterReplicas;

/** Tests with a Redis and replicas of the limiter, which end after each test. */
export function describeWithLimiters(name: string, tests: () => void): void {
  describeWithRedis(name, () => {
    beforeAll(async () => {
      Logger.overrideLogger(false);
      rig = await LimiterReplicas.open();
    });
    afterEach(() => rig.endAll());
    afterAll(() => rig.server.close());
    tests();
  });
}
