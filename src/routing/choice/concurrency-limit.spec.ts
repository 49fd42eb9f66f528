import { LimitsConfig } from '../../config/settings.js';
import { Cancellation } from '../../calls/cancellation.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

const LIMITS = new LimitsConfig();

const made: ConcurrencyLimit[] = [];
function limitOf(maxConcurrent: number): ConcurrencyLimit {
  const limit = new ConcurrencyLimit('m', maxConcurrent);
  made.push(limit);
  return limit;
}
// Waiting calls have timers of many seconds, which would keep the process running.
afterEach(() => {
  for (const limit of made.splice(0)) limit.maxConcurrent = 0;
});

/** One running call, and others that wait behind it. */
function crowded(waiting: number): { limit: ConcurrencyLimit; entered: number[]; wait: () => Promise<void> } {
  const limit = limitOf(1);
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

  it('that is removed admits all waiting calls', async () => {
    const { limit, entered } = crowded(3);
    limit.maxConcurrent = 0;
    await settle();
    expect(entered).toEqual([1, 2, 3]);
    expect(limit.enter()).toBe(true);
    expect([limit.running, limit.queued]).toEqual([5, 0]);
  });

  it('that is lower admits no call until enough have ended', async () => {
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

describe('slots between clients', () => {
  /** A model, and what happens to the calls for it: `+a` got a slot, `-a` was refused. */
  function rig(maxConcurrent: number, maxQueued = 100) {
    const limit = limitOf(maxConcurrent);
    const limits = Object.assign(new LimitsConfig(), { max_queued: maxQueued });
    const running: string[] = [];
    const seen: string[] = [];
    const call = (client: string): void => {
      const took = (): void => {
        running.push(client);
        seen.push(`+${client}`);
      };
      if (limit.enter(client)) took();
      else limit.wait(limits, new Cancellation(), client).then(took, () => seen.push(`-${client}`));
    };
    const next = async (): Promise<void> => {
      limit.leave(running.shift());
      await settle();
    };
    return { limit, call, next, seen };
  }

  it('go to the clients in turn, not in the order of their calls', async () => {
    const { limit, call, next, seen } = rig(1);
    for (const client of 'aaaaabbc') call(client);
    expect(seen).toEqual(['+a']);
    while (limit.queued > 0) await next();
    expect(seen.join('')).toBe('+a+b+c+a+b+a+a+a');
    await next();
    expect(limit.running).toBe(0);
  });

  it('are not all held by one while others use the model', async () => {
    const { limit, call, next, seen } = rig(3);
    call('b');
    await next();
    for (const client of 'aaaa') call(client);
    expect(seen).toEqual(['+b', '+a', '+a']);
    expect([limit.running, limit.queued]).toEqual([2, 2]);
    call('b');
    expect(seen.at(-1)).toBe('+b');
    await next();
    expect(seen.at(-1)).toBe('+a');
  });

  it('are all available to a client that is alone', () => {
    const { call, seen } = rig(3);
    for (const client of 'aaaa') call(client);
    expect(seen).toEqual(['+a', '+a', '+a']);
  });

  it.each(['aaaab', 'aaaabb'])('of a full queue go to those who have less: %s', async (clients) => {
    const { limit, call, next, seen } = rig(1, 3);
    for (const client of clients) call(client);
    await settle();
    expect(seen.filter((word) => word === '-b')).toEqual([]);
    expect(limit.queued).toBe(3);
    while (limit.queued > 0) await next();
    expect(seen.filter((word) => word === '+b')).toHaveLength(clients.split('b').length - 1);
  });

  it('are shared fairly in a queue of one, too', async () => {
    const { call, next, seen } = rig(1, 1);
    for (const client of 'aab') call(client);
    await settle();
    expect(seen).toEqual(['+a', '-a']);
    call('a');
    await settle();
    expect(seen).toEqual(['+a', '-a', '-a']);
    await next();
    expect(seen.at(-1)).toBe('+b');
  });
});
