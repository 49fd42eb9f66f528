import {
  History,
  describeWithLimiters,
  NANO,
  QUICK,
  rig,
  type Replica,
  keyWith,
  sleep,
  sure,
  teamWith,
  useOf,
  used,
} from '../../../test/support/limiter-replicas.js';
import { until } from '../../../test/support/start-gateway.js';
import { type Refusal } from '../limiter.js';

jest.setTimeout(180_000);

/** Waits until the budget says that much. */
async function spends(replica: Replica, usd: number): Promise<void> {
  const spent = async () => (await useOf(replica, 'budget')).used;
  for (let left = 100; left > 0 && (await spent()) !== usd * NANO; left--) await sleep(50);
  expect(await spent()).toBe(usd * NANO);
}

describeWithLimiters('limits in Redis', () => {
  it('admits as many requests as a limit allows, over all replicas', async () => {
    rig.scopes = [keyWith({ requests_per_minute: 60 })];
    const three = await rig.startAll(3);
    expect(three.map(({ limiter }) => limiter.state)).toEqual(['shared', 'shared', 'shared']);
    const all = await Promise.all(Array.from({ length: 200 }, (_, at) => three[at % 3]!.admit()));
    expect(all.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(60);
    const refusal = all.find(({ isAdmitted }) => !isAdmitted) as Refusal;
    expect(refusal).toMatchObject({ what: 'requests', scope: rig.scopes[0], limit: 60 });
    expect(refusal.retryAfterMs).toBeGreaterThan(50_000);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(refusal.standings.requests).toMatchObject({ limit: 60, remaining: 0 });
  });

  it('replaces what was reserved by what was used, for all replicas, once', async () => {
    rig.scopes = [keyWith({ tokens_per_minute: 1000, budget: { usd: 1, per: 'day' } })];
    const [one, two] = (await rig.startAll(2)) as [Replica, Replica];
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
    const team = teamWith({ max_concurrent: 1 });
    const own = keyWith({ requests_per_minute: 5, max_concurrent: 3 }, team.name);
    rig.scopes = [own, team];
    const one = await rig.start();
    const call = await one.admitted();
    for (let each = 0; each < 5; each++)
      expect(await one.refused()).toMatchObject({ what: 'concurrency', scope: team });
    call.settle(used());
    const again = await one.admitted();
    expect(again.standings.requests?.remaining).toBe(3);
  });

  it('gives back a call that was not made', async () => {
    rig.scopes = [keyWith({ requests_per_minute: 1, tokens_per_minute: 100 })];
    const one = await rig.start();
    (await one.admitted(sure(100))).giveBack();
    await one.admitted(sure(100));
  });

  it('frees the slot of a call that leaves before it is settled, once', async () => {
    rig.scopes = [keyWith({ max_concurrent: 1, tokens_per_minute: 1000 })];
    const [one, two] = (await rig.startAll(2)) as [Replica, Replica];
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
    rig.scopes = [keyWith({ max_concurrent: 4, budget: { usd: 1, per: 'day' } })];
    const [one, two] = (await rig.startAll(2)) as [Replica, Replica];
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
    rig.scopes = [keyWith({ tokens_per_minute: 500, budget: { usd: 1, per: 'day' } })];
    const one = await rig.start();
    expect(await one.refused(sure(501))).toMatchObject({ what: 'tokens', retryAfterMs: undefined });
    const guess = { tokens: 2000, leastTokens: 10, nanoUsd: 3 * NANO, leastNanoUsd: NANO / 10 };
    const call = await one.admitted(guess);
    expect(call.reserved).toMatchObject({ tokens: 500, nanoUsd: NANO });
  });

  it('asks the history once what a budget begins with', async () => {
    rig.scopes = [keyWith({ budget: { usd: 1, per: 'month' } })];
    const history = new History();
    history.nanoUsd = 0.9 * NANO;
    const [one, two] = (await rig.startAll(2, history)) as [Replica, Replica];
    await one.admitted(sure(0, 0.05));
    expect((await two.refused(sure(0, 0.1))).what).toBe('budget');
    await two.admitted(sure(0, 0.05));
    expect(history.reads).toBe(1);
  });

  it('raises a budget that began without its history once that can be read', async () => {
    rig.scopes = [keyWith({ budget: { usd: 1, per: 'month' } })];
    const history = new History();
    history.isAway = true;
    const [one, two] = (await rig.startAll(2, history)) as [Replica, Replica];
    (await one.admitted(sure(0, 0.05))).settle(used(0, 0.05));
    const running = await two.admitted(sure(0, 0.1));
    // What was spent before, and the first of the two calls.
    history.nanoUsd = 0.85 * NANO;
    history.isAway = false;
    await spends(one, 0.85);
    expect((await two.refused(sure(0, 0.06))).what).toBe('budget');
    running.settle(used(0, 0.1));
    await spends(two, 0.95);
    const { reads } = history;
    await sleep(3 * QUICK.reportMs);
    expect(history.reads).toBe(reads);
  });

  it('gives names to its counters that no key can break, and that one place of a cluster holds', async () => {
    rig.scopes = [
      keyWith({ requests_per_minute: 9, max_concurrent: 9, budget: { usd: 1, per: 'day' } }, 'a}{b:c'),
    ];
    const one = await rig.start();
    (await one.admitted(sure(1, 0.1))).settle(used(1, 0.1));
    const names = (await one.redis.client.keys('*a%7D%7Bb%3Ac*')) as string[];
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) expect(name).toMatch(/^llm-gateway:limits:\{team:a%7D%7Bb%3Ac\}:[^{}]+$/);
    for (const name of (await one.redis.client.keys('llm-gateway:limits:*')) as string[])
      expect([name, (await one.redis.client.pTTL(name)) > 0]).toEqual([name, true]);
  });

  it('continues together, without loss, if Redis forgets its scripts', async () => {
    rig.scopes = [keyWith({ tokens_per_minute: 1_000_000, budget: { usd: 1000, per: 'day' } })];
    const two = await rig.startAll(2);
    const { client } = two[0]!.redis;
    const states = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const calls = await Promise.all(
        Array.from({ length: 10 }, (_, at) => two[at % 2]!.admitted(sure(100, 1))),
      );
      await client.scriptFlush();
      for (const call of calls) call.settle(used(10, 0.25));
      await sleep(5);
      for (const { limiter } of two) states.add(limiter.state);
    }
    expect([...states]).toEqual(['shared']);
    expect(await useOf(two[0]!, 'budget')).toMatchObject({ used: 100 * NANO, reserved: 0 });
    expect(await useOf(two[1]!, 'tokens')).toMatchObject({ used: 4000 });
  });

  it('remembers the minute when Redis is emptied, without waiting for the next report', async () => {
    rig.scopes = [keyWith({ requests_per_minute: 60 })];
    const one = await rig.start();
    for (let call = 0; call < 60; call++) await one.admitted();
    const passed: number[] = [];
    for (let round = 0; round < 6; round++) {
      await one.redis.client.flushAll();
      let count = 0;
      for (let call = 0; call < 20; call++) {
        if ((await one.admit()).isAdmitted) count++;
        await sleep(5);
      }
      passed.push(count);
      await sleep(150);
    }
    expect(Math.max(...passed)).toBeLessThan(10);
  });

  it('adds up after any interleaving, and never passes a limit', async () => {
    const limits = { requests_per_minute: 300, tokens_per_minute: 20_000, max_concurrent: 6 };
    const team = teamWith({ budget: { usd: 5, per: 'day' } });
    rig.scopes = [keyWith({ ...limits, budget: { usd: 4, per: 'hour' } }, team.name), team];
    const three = await rig.startAll(3);
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
