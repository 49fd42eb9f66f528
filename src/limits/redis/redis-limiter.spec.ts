import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { RedisConnection } from '../../cache/redis-connection.js';
import { type KeyLimitsConfig } from '../../config/auth.config.js';
import { type TestRedis, describeWithRedis, startRedis } from '../../../test/support/redis-server.js';
import { until } from '../../../test/support/start-gateway.js';
import { SystemClock } from '../clock.js';
import { type LimitScope } from '../limit-scope.js';
import { type Admission, type Estimate, type Refusal, type Reservation } from '../limiter.js';
import { MemoryLimiter } from '../memory/memory-limiter.js';
import { type Period } from '../period.js';
import { SpendHistory } from '../spend-history.js';
import { SpendSeeds } from '../memory/spend-seeds.js';
import { RedisLimiter } from './redis-limiter.js';
import { type Timing } from './membership.js';

const NANO = 1e9;
const QUICK: Timing = { leaseMs: 3000, reportMs: 200 };

jest.setTimeout(180_000);

/** What calls have cost, as a store would know it. */
class History extends SpendHistory {
  nanoUsd = 0;
  reads = 0;

  spentNanoUsd(_scope: Pick<LimitScope, 'kind' | 'name'>, _period: Period): Promise<number> {
    this.reads++;
    return Promise.resolve(this.nanoUsd);
  }
}

interface Replica {
  readonly limiter: RedisLimiter;
  readonly redis: RedisConnection;
  readonly admit: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Admission>;
  readonly admitted: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Reservation>;
  readonly refused: (estimate?: Estimate, ...of: LimitScope[]) => Promise<Refusal>;
  /** As a kill would end it. */
  readonly die: () => void;
}

const sure = (tokens = 0, usd = 0): Estimate => ({
  tokens,
  leastTokens: tokens,
  nanoUsd: Math.round(usd * NANO),
  leastNanoUsd: Math.round(usd * NANO),
});
const used = (tokens = 0, usd = 0) => ({ tokens, nanoUsd: Math.round(usd * NANO) });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A line to Redis whose near ends can be cut while Redis still reads from the far ones. */
async function startLine(port: number): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
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

describeWithRedis('limits in Redis', () => {
  let server: TestRedis;
  let scopes: LimitScope[];
  let names = 0;
  const replicas: Replica[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startRedis();
  });
  afterEach(() => {
    for (const { die } of replicas.splice(0)) die();
  });
  afterAll(() => server.close());

  const key = (limits: KeyLimitsConfig, team?: string): LimitScope => ({
    kind: 'key',
    name: `bot {${names++}}: 密`,
    limits,
    team,
  });

  async function start(history?: SpendHistory, url = server.url): Promise<Replica> {
    const redis = new RedisConnection(url);
    const clock = new SystemClock();
    const memory = new MemoryLimiter(
      clock,
      () => scopes,
      () => 'UTC',
    );
    const limiter = await RedisLimiter.open(redis, memory, clock, new SpendSeeds(history), QUICK);
    const admit = async (estimate = sure(), ...of: LimitScope[]) =>
      limiter.admit({ scopes: of.length === 0 ? scopes : of }, estimate);
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
    replicas.push(replica);
    return replica;
  }
  const startAll = (count: number, history?: SpendHistory) =>
    Promise.all(Array.from({ length: count }, () => start(history)));
  const useOf = async ({ limiter }: Replica, what: string) => {
    await sleep(1050);
    const [state] = await limiter.states();
    return state!.limits.find((use) => use.what === what)!;
  };

  it('admits as many requests as a limit allows, over all replicas', async () => {
    scopes = [key({ requests_per_minute: 60 })];
    const three = await startAll(3);
    expect(three.map(({ limiter }) => limiter.state)).toEqual(['shared', 'shared', 'shared']);
    const all = await Promise.all(Array.from({ length: 200 }, (_, at) => three[at % 3]!.admit()));
    expect(all.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(60);
    const refusal = all.find(({ isAdmitted }) => !isAdmitted) as Refusal;
    expect(refusal).toMatchObject({ what: 'requests', scope: scopes[0], limit: 60 });
    expect(refusal.retryAfterMs).toBeGreaterThan(50_000);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(refusal.standings.requests).toMatchObject({ limit: 60, remaining: 0 });
  });

  it('replaces what was reserved by what was used, for all replicas, once', async () => {
    scopes = [key({ tokens_per_minute: 1000, budget: { usd: 1, per: 'day' } })];
    const [one, two] = (await startAll(2)) as [Replica, Replica];
    const call = await one.admitted(sure(900, 0.9));
    expect((await two.refused(sure(200, 0.05))).what).toBe('tokens');
    expect(await two.refused(sure(50, 0.2))).toMatchObject({ what: 'budget', isReserved: true });
    call.settle(used(100, 0.25));
    call.settle(used(0, 0));
    call.giveBack();
    await until(() => true);
    await sleep(150);
    const next = await two.admitted(sure(900, 0.75));
    expect(next.standings.tokens?.remaining).toBe(0);
    next.settle(used(500, 0.5));
    await sleep(150);
    expect(await useOf(one, 'tokens')).toMatchObject({ used: 600 });
    expect(await useOf(one, 'budget')).toMatchObject({ used: 0.75 * NANO, reserved: 0 });
  });

  it('takes nothing from any scope when one of them refuses', async () => {
    const team: LimitScope = { kind: 'team', name: `search ${names++}`, limits: { max_concurrent: 1 } };
    const own = key({ requests_per_minute: 5, max_concurrent: 3 }, team.name);
    scopes = [own, team];
    const one = await start();
    const call = await one.admitted();
    for (let each = 0; each < 5; each++)
      expect(await one.refused()).toMatchObject({ what: 'concurrency', scope: team });
    call.settle(used());
    const again = await one.admitted();
    expect(again.standings.requests?.remaining).toBe(3);
  });

  it('gives back a call that was not made', async () => {
    scopes = [key({ requests_per_minute: 1, tokens_per_minute: 100 })];
    const one = await start();
    (await one.admitted(sure(100))).giveBack();
    await one.admitted(sure(100));
  });

  it('frees the place of a call that leaves before it is settled, once', async () => {
    scopes = [key({ max_concurrent: 1, tokens_per_minute: 1000 })];
    const [one, two] = (await startAll(2)) as [Replica, Replica];
    const left = await one.admitted(sure(100));
    expect((await two.refused()).what).toBe('concurrency');
    left.leave();
    await sleep(50);
    const next = await two.admitted(sure(100));
    left.settle(used(50));
    await sleep(50);
    expect((await one.refused()).what).toBe('concurrency');
    next.settle(used(100));
    await sleep(50);
    expect((await useOf(one, 'tokens')).used).toBe(150);
  });

  it('frees the calls and reservations of a replica that died, and keeps those of one that lives', async () => {
    scopes = [key({ max_concurrent: 4, budget: { usd: 1, per: 'day' } })];
    const [one, two] = (await startAll(2)) as [Replica, Replica];
    await Promise.all([one.admitted(sure(0, 0.25)), one.admitted(sure(0, 0.25))]);
    const kept = [await two.admitted(sure(0, 0.25)), await two.admitted(sure(0, 0.25))];
    one.die();
    expect((await two.refused(sure(0, 0.25))).what).toBe('budget');
    await sleep(2 * QUICK.leaseMs);
    await Promise.all([two.admitted(sure(0, 0.25)), two.admitted(sure(0, 0.25))]);
    expect((await two.refused(sure(0, 0.01))).what).toBe('budget');
    for (const call of kept) call.settle(used());
  });

  it('lets a guess shrink to what is left, and refuses for good what asks for more than a limit', async () => {
    scopes = [key({ tokens_per_minute: 500, budget: { usd: 1, per: 'day' } })];
    const one = await start();
    expect(await one.refused(sure(501))).toMatchObject({ what: 'tokens', retryAfterMs: undefined });
    const guess = { tokens: 2000, leastTokens: 10, nanoUsd: 3 * NANO, leastNanoUsd: NANO / 10 };
    const call = await one.admitted(guess);
    expect(call.reserved).toMatchObject({ tokens: 500, nanoUsd: NANO });
  });

  it('asks the history once what a budget begins with', async () => {
    scopes = [key({ budget: { usd: 1, per: 'month' } })];
    const history = new History();
    history.nanoUsd = 0.9 * NANO;
    const [one, two] = (await startAll(2, history)) as [Replica, Replica];
    await one.admitted(sure(0, 0.05));
    expect((await two.refused(sure(0, 0.1))).what).toBe('budget');
    await two.admitted(sure(0, 0.05));
    expect(history.reads).toBe(1);
  });

  it('gives names to its counters that no key can break, and that one place of a cluster holds', async () => {
    scopes = [key({ requests_per_minute: 9, max_concurrent: 9, budget: { usd: 1, per: 'day' } }, 'a}{b:c')];
    const one = await start();
    (await one.admitted(sure(1, 0.1))).settle(used(1, 0.1));
    const names = (await one.redis.client.keys('*a%7D%7Bb%3Ac*')) as string[];
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) expect(name).toMatch(/^llm-gateway:limits:\{team:a%7D%7Bb%3Ac\}:[^{}]+$/);
    for (const name of (await one.redis.client.keys('llm-gateway:limits:*')) as string[])
      expect([name, (await one.redis.client.pTTL(name)) > 0]).toEqual([name, true]);
  });

  describe('while Redis is away', () => {
    it.each(['killed', 'frozen'])('each replica holds its share, and no call waits (%s)', async (how) => {
      scopes = [key({ requests_per_minute: 60, max_concurrent: 1000 })];
      const three = await startAll(3);
      // Until those of earlier tests are missed.
      await sleep(6 * QUICK.reportMs);
      for (const { admitted } of three) (await admitted()).settle(used());
      if (how === 'killed') await server.kill();
      else server.freeze();
      const beganAt = performance.now();
      const all = [];
      for (let each = 0; each < 300; each++) all.push(await three[each % 3]!.admit());
      const tookMs = performance.now() - beganAt;
      expect(all.filter(({ isAdmitted }) => isAdmitted).length).toBe(57);
      expect(tookMs).toBeLessThan(3000);
      expect(three.map(({ limiter }) => limiter.state)).toEqual(['away', 'away', 'away']);
      if (how === 'killed') await server.restart();
      else server.thaw();
      await until(() => three.every(({ limiter }) => limiter.state === 'shared'), 'the return of Redis');
      await sleep(100);
      // All that was admitted meanwhile is known again, also if Redis has lost its data.
      expect((await three[0]!.refused()).standings.requests?.remaining).toBe(0);
      expect((await useOf(three[1]!, 'requests')).used).toBe(60);
      for (const admission of all) if (admission.isAdmitted) admission.settle(used());
      await sleep(50);
      expect((await useOf(three[2]!, 'concurrency')).used).toBe(0);
    });

    it.each(['killed', 'frozen'])(
      'a replica that has just started uses no more than is left (%s)',
      async (how) => {
        scopes = [key({ requests_per_minute: 60, budget: { usd: 10, per: 'day' } })];
        const one = await start();
        await sleep(6 * QUICK.reportMs);
        for (let each = 0; each < 50; each++) (await one.admitted(sure(0, 0.18))).settle(used(0, 0.18));
        await sleep(50);
        const two = await start();
        if (how === 'killed') await server.kill();
        else server.freeze();
        // Half of the dollar and of the ten requests that are left.
        expect((await two.refused(sure(0, 0.6))).what).toBe('budget');
        const all = [];
        for (let each = 0; each < 20; each++) all.push(await two.admit(sure(0, 0.01)));
        expect(all.filter(({ isAdmitted }) => isAdmitted).length).toBeLessThanOrEqual(10);
        (await one.admitted(sure(0, 0.4))).settle(used(0, 0.4));
        if (how === 'killed') await server.restart();
        else server.thaw();
        await until(
          () => [one, two].every(({ limiter }) => limiter.state === 'shared'),
          'the return of Redis',
        );
      },
    );

    it.each([
      ['killed', true],
      ['killed', false],
      ['frozen', false],
    ])('no spending is lost or counted twice (%s, with a history: %s)', async (how, hasHistory) => {
      scopes = [key({ budget: { usd: 100, per: 'day' }, tokens_per_minute: 1_000_000 })];
      const history = new History();
      const three = await startAll(3, hasHistory ? history : undefined);
      await sleep(3 * QUICK.reportMs);
      let spent = 0;
      const settle = (call: Reservation) => {
        spent += 0.5 * NANO;
        history.nanoUsd = spent;
        call.settle(used(100, 0.5));
      };
      const spend = async () => {
        for (const { admitted } of three) settle(await admitted(sure(200, 1)));
      };
      await spend();
      const across = await Promise.all(three.map(({ admitted }) => admitted(sure(200, 1))));
      if (how === 'killed') await server.kill();
      else server.freeze();
      await spend();
      settle(across[0]!);
      const away = await Promise.all(three.map(({ admitted }) => admitted(sure(200, 1))));
      settle(away[0]!);
      if (how === 'killed') await server.restart();
      else server.thaw();
      await until(() => three.every(({ limiter }) => limiter.state === 'shared'), 'the return of Redis');
      await sleep(100);
      for (const call of [...across.slice(1), ...away.slice(1)]) settle(call);
      await spend();
      await sleep(100);
      expect(await useOf(three[0]!, 'budget')).toMatchObject({ used: spent, reserved: 0 });
      expect((await useOf(three[1]!, 'tokens')).used).toBe(15 * 100);
    });
  });

  it('counts a settlement once that is sent again', async () => {
    scopes = [key({ budget: { usd: 100, per: 'day' }, tokens_per_minute: 10_000 })];
    const line = await startLine(server.port);
    const one = await start(undefined, line.url);
    const calls = await Promise.all(Array.from({ length: 20 }, () => one.admitted(sure(100, 1))));
    server.freeze();
    for (const call of calls) call.settle(used(50, 0.5));
    await sleep(400);
    // The old connection is given up with all that was sent on it, which Redis reads all the same when it goes on.
    line.cut();
    await sleep(300);
    server.thaw();
    await until(() => one.limiter.state === 'shared', 'the return of Redis');
    await sleep(200);
    expect(await useOf(one, 'budget')).toMatchObject({ used: 10 * NANO, reserved: 0 });
    expect(await useOf(one, 'tokens')).toMatchObject({ used: 1000 });
    await line.close();
  });

  it('adds up after any interleaving, and never passes a limit', async () => {
    const limits = { requests_per_minute: 300, tokens_per_minute: 20_000, max_concurrent: 6 };
    const team: LimitScope = {
      kind: 'team',
      name: `t${names++}`,
      limits: { budget: { usd: 5, per: 'day' } },
    };
    scopes = [key({ ...limits, budget: { usd: 4, per: 'hour' } }, team.name), team];
    const three = await startAll(3);
    let spent = 0;
    let tokens = 0;
    let running = 0;
    let most = 0;
    const call = async (at: number) => {
      const ask = Math.ceil(Math.random() * 400);
      const admission = await three[at % 3]!.admit(sure(ask, ask / 10_000));
      if (!admission.isAdmitted) return;
      most = Math.max(most, ++running);
      await sleep(Math.random() * 20);
      running--;
      const share = Math.random();
      const nanoUsd = Math.floor(admission.reserved.nanoUsd * share);
      const count = Math.floor(admission.reserved.tokens * share);
      spent += nanoUsd;
      tokens += count;
      admission.settle({ tokens: count, nanoUsd });
    };
    for (let round = 0; round < 30; round++)
      await Promise.all(Array.from({ length: 20 }, (_, at) => call(at)));
    await sleep(50);
    expect(most).toBeLessThanOrEqual(6);
    expect(await useOf(three[0]!, 'budget')).toMatchObject({ used: spent, reserved: 0 });
    expect((await useOf(three[1]!, 'tokens')).used).toBe(tokens);
    expect((await useOf(three[2]!, 'concurrency')).used).toBe(0);
    expect(tokens).toBeLessThanOrEqual(20_000);
    expect(spent).toBeLessThanOrEqual(4 * NANO);
  });
});
