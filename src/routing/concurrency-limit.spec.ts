import { LimitsConfig } from '../config/limits.config.js';
import { Cancellation } from '../upstream/cancellation.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

const LIMITS = new LimitsConfig();

/** One that runs, and others that wait behind it. */
function crowded(waiting: number): { limit: ConcurrencyLimit; entered: number[]; wait: () => Promise<void> } {
  const limit = new ConcurrencyLimit('m', 1);
  const entered: number[] = [];
  expect(limit.enter()).toBe(true);
  let next = 1;
  const wait = async (): Promise<void> => {
    const number = next++;
    expect(limit.enter()).toBe(false);
    await limit.wait(LIMITS, new Cancellation());
    entered.push(number);
  };
  while (next <= waiting) void wait();
  return { limit, entered, wait };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a changed limit', () => {
  it('that is higher lets in those for whom there is room, first come first served', async () => {
    const { limit, entered } = crowded(3);
    limit.maxConcurrent = 3;
    await settle();
    expect(entered).toEqual([1, 2]);
    expect([limit.running, limit.queued]).toEqual([3, 1]);
    limit.leave();
    await settle();
    expect(entered).toEqual([1, 2, 3]);
  });

  it('that is none lets in everybody', async () => {
    const { limit, entered } = crowded(3);
    limit.maxConcurrent = 0;
    await settle();
    expect(entered).toEqual([1, 2, 3]);
    expect(limit.enter()).toBe(true);
    expect([limit.running, limit.queued]).toEqual([5, 0]);
  });

  it('that is lower lets nobody in before enough have left', async () => {
    const { limit, entered, wait } = crowded(0);
    limit.maxConcurrent = 2;
    expect(limit.enter()).toBe(true);
    limit.maxConcurrent = 1;
    const waited = wait();
    limit.leave();
    await settle();
    expect(entered).toEqual([]);
    limit.leave();
    await waited;
    expect([limit.running, limit.queued]).toEqual([1, 0]);
  });
});
