import {
  History,
  describeWithLimiters,
  NANO,
  QUICK,
  rig,
  keyWith,
  sleep,
  startLine,
  sure,
  useOf,
  used,
} from '../../../test/support/limiter-replicas.js';
import { until } from '../../../test/support/start-gateway.js';
import { type Reservation } from '../limiter.js';

jest.setTimeout(180_000);

describeWithLimiters('limits while Redis is away', () => {
  it.each(['killed', 'frozen'])('each replica holds its share, and no call waits (%s)', async (how) => {
    rig.scopes = [keyWith({ requests_per_minute: 60, max_concurrent: 1000 })];
    const three = await rig.startAll(3);
    // Until those of earlier tests are missed.
    await sleep(6 * QUICK.reportMs);
    for (const { admitted } of three) (await admitted()).settle(used());
    if (how === 'killed') await rig.server.kill();
    else rig.server.freeze();
    const beganAt = performance.now();
    const all = [];
    for (let each = 0; each < 300; each++) all.push(await three[each % 3]!.admit());
    const tookMs = performance.now() - beganAt;
    expect(all.filter(({ isAdmitted }) => isAdmitted).length).toBe(57);
    expect(tookMs).toBeLessThan(3000);
    expect(three.map(({ limiter }) => limiter.state)).toEqual(['away', 'away', 'away']);
    if (how === 'killed') await rig.server.restart();
    else rig.server.thaw();
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
      rig.scopes = [keyWith({ requests_per_minute: 60, budget: { usd: 10, per: 'day' } })];
      const one = await rig.start();
      await sleep(6 * QUICK.reportMs);
      for (let each = 0; each < 50; each++) (await one.admitted(sure(0, 0.18))).settle(used(0, 0.18));
      await sleep(50);
      const two = await rig.start();
      if (how === 'killed') await rig.server.kill();
      else rig.server.freeze();
      // Half of the dollar and of the ten requests that are left.
      expect((await two.refused(sure(0, 0.6))).what).toBe('budget');
      const all = [];
      for (let each = 0; each < 20; each++) all.push(await two.admit(sure(0, 0.01)));
      expect(all.filter(({ isAdmitted }) => isAdmitted).length).toBeLessThanOrEqual(10);
      (await one.admitted(sure(0, 0.4))).settle(used(0, 0.4));
      if (how === 'killed') await rig.server.restart();
      else rig.server.thaw();
      await until(() => [one, two].every(({ limiter }) => limiter.state === 'shared'), 'the return of Redis');
    },
  );

  it.each([
    ['killed', true],
    ['killed', false],
    ['frozen', false],
  ])('no spending is lost or counted twice (%s, with a history: %s)', async (how, hasHistory) => {
    rig.scopes = [keyWith({ budget: { usd: 100, per: 'day' }, tokens_per_minute: 1_000_000 })];
    const history = new History();
    const three = await rig.startAll(3, hasHistory ? history : undefined);
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
    if (how === 'killed') await rig.server.kill();
    else rig.server.freeze();
    await spend();
    settle(across[0]!);
    const away = await Promise.all(three.map(({ admitted }) => admitted(sure(200, 1))));
    settle(away[0]!);
    if (how === 'killed') await rig.server.restart();
    else rig.server.thaw();
    await until(() => three.every(({ limiter }) => limiter.state === 'shared'), 'the return of Redis');
    await sleep(100);
    for (const call of [...across.slice(1), ...away.slice(1)]) settle(call);
    await spend();
    await sleep(100);
    expect(await useOf(three[0]!, 'budget')).toMatchObject({ used: spent, reserved: 0 });
    expect((await useOf(three[1]!, 'tokens')).used).toBe(15 * 100);
  });

  it.each([
    [3, 'configuration', 60],
    [undefined, 'assumption', 180],
  ] as const)(
    'replicas that have never reached Redis (%s expected) take the share of the %s, and count together later',
    async (expected, source, most) => {
      rig.scopes = [keyWith({ requests_per_minute: 60 })];
      await rig.server.kill();
      const three = await Promise.all([1, 2, 3].map(() => rig.start(undefined, rig.server.url, expected)));
      const all = [];
      for (let each = 0; each < 300; each++) all.push(await three[each % 3]!.admit());
      expect(all.filter(({ isAdmitted }) => isAdmitted).length).toBe(most);
      for (const { limiter } of three) {
        expect(limiter.state).toBe('away');
        expect(limiter.share).toEqual({ replicas: expected ?? 1, source });
      }
      await rig.server.restart();
      await until(() => three.every(({ limiter }) => limiter.state === 'shared'), 'Redis');
      await sleep(3 * QUICK.reportMs);
      expect((await three[0]!.refused()).standings.requests?.remaining).toBe(0);
      expect((await useOf(three[1]!, 'requests')).used).toBe(most);
      for (const { limiter } of three) expect(limiter.share).toEqual({ replicas: 3, source: 'redis' });
      for (const admission of all) if (admission.isAdmitted) admission.settle(used());
    },
  );

  it('a budget starts with the history if Redis was never reached, and counts nothing twice later', async () => {
    rig.scopes = [keyWith({ budget: { usd: 10, per: 'day' } })];
    await rig.server.kill();
    const history = new History();
    history.nanoUsd = 8 * NANO;
    const one = await rig.start(history, rig.server.url, 2);
    // Half of what is left.
    expect((await one.refused(sure(0, 1.01))).what).toBe('budget');
    (await one.admitted(sure(0, 0.75))).settle(used(0, 0.75));
    history.nanoUsd += 0.75 * NANO;
    await rig.server.restart();
    await until(() => one.limiter.state === 'shared', 'Redis');
    await sleep(100);
    expect(await useOf(one, 'budget')).toMatchObject({ used: 8.75 * NANO });
  });

  it('counts a settlement once that is sent again', async () => {
    rig.scopes = [keyWith({ budget: { usd: 100, per: 'day' }, tokens_per_minute: 10_000 })];
    const line = await startLine(rig.server.port);
    const one = await rig.start(undefined, line.url);
    const calls = await Promise.all(Array.from({ length: 20 }, () => one.admitted(sure(100, 1))));
    rig.server.freeze();
    for (const call of calls) call.settle(used(50, 0.5));
    await sleep(400);
    // The old connection is given up with all that was sent on it, which Redis reads all the same when it goes on.
    line.cut();
    await sleep(300);
    rig.server.thaw();
    await until(() => one.limiter.state === 'shared', 'the return of Redis');
    await sleep(200);
    expect(await useOf(one, 'budget')).toMatchObject({ used: 10 * NANO, reserved: 0 });
    expect(await useOf(one, 'tokens')).toMatchObject({ used: 1000 });
    await line.close();
  });
});
