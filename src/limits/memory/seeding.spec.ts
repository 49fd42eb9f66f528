import { Logger } from '@nestjs/common';
import { SimulatedClock } from '../../../test/support/simulated-clock.js';
import { until } from '../../../test/support/start-gateway.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { SpendHistory } from '../spend-history.js';
import { MemoryLimiter } from './memory-limiter.js';
import { Seeding } from './seeding.js';
import { SpendSeeds } from './spend-seeds.js';

/** A store that is unavailable at first. */
class LateHistory extends SpendHistory {
  failures = 3;
  reads = 0;

  spentNanoUsd(): Promise<number> {
    this.reads++;
    return this.failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(900);
  }
}

beforeAll(() => Logger.overrideLogger(false));

it('reads past spending as soon as its store is available, and then no more', async () => {
  const scope: LimitScope = { kind: 'key', name: 'bot', limits: { budget: { usd: 1e-6, per: 'day' } } };
  const clock = new SimulatedClock(Date.UTC(2026, 10, 28, 12));
  const limiter = new MemoryLimiter(
    clock,
    () => [scope],
    () => 'UTC',
  );
  const history = new LateHistory();
  const used = (): number | undefined => limiter.states()[0]!.limits[0]!.used;
  const admission = limiter.admit(
    { scopes: [scope] },
    { tokens: 0, leastTokens: 0, nanoUsd: 50, leastNanoUsd: 50 },
  );
  if (!admission.isAdmitted) throw new Error('refused');
  await new Seeding(limiter, new SpendSeeds(history), 5).begin();
  expect(used()).toBe(0);
  // The history includes what this process has spent meanwhile.
  admission.settle({ tokens: 0, nanoUsd: 50 });
  await until(() => used() === 900, 'past spending');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(history.reads).toBe(4);
});

it('stops reading past spending when the process ends', async () => {
  const scope: LimitScope = { kind: 'key', name: 'bot', limits: { budget: { usd: 1e-6, per: 'day' } } };
  const limiter = new MemoryLimiter(
    new SimulatedClock(Date.UTC(2026, 10, 28, 12)),
    () => [scope],
    () => 'UTC',
  );
  const history = new LateHistory();
  history.failures = Infinity;
  const seeds = new SpendSeeds(history);
  await new Seeding(limiter, seeds, 5).begin();
  await until(() => history.reads > 2, 'some reads');
  seeds.onApplicationShutdown();
  const { reads } = history;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(history.reads).toBe(reads);
});
