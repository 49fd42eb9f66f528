import { type Outcome } from './evaluator-process.js';
import { EvaluatorQueue, GATEWAY, type Owner } from './evaluator-queue.js';

const NOBODY = (): boolean => true;

describe('EvaluatorQueue', () => {
  let queue: EvaluatorQueue;
  let done: Record<string, readonly Outcome[]>;

  beforeEach(() => {
    jest.useFakeTimers();
    queue = new EvaluatorQueue();
    done = {};
  });
  afterEach(() => jest.useRealTimers());

  const add = (name: string, owner: Owner, weight = 1): void =>
    queue.add({
      frames: [Buffer.from(name)],
      count: 1,
      owner,
      weight,
      onDone: (outcomes) => (done[name] = outcomes),
    });
  const takeAll = (): string[] => {
    const names: string[] = [];
    for (let job = queue.next(NOBODY); job !== undefined; job = queue.next(NOBODY)) {
      queue.take(job);
      names.push(job.frames[0]!.toString());
    }
    return names;
  };

  it('gives owners their turns, of each the smallest first, and logins before all', () => {
    add('a heavy', 'a', 9);
    add('a light', 'a');
    add('b', 'b');
    add('login', GATEWAY, 99);
    expect(takeAll()).toEqual(['login', 'a light', 'b', 'a heavy']);
  });

  it('does not count the time that a process takes to start', () => {
    add('first', 'a');
    jest.advanceTimersByTime(20_000);
    expect(done).toEqual({});
    queue.isServed = true;
    jest.advanceTimersByTime(1500);
    queue.isServed = false;
    add('second', 'a');
    jest.advanceTimersByTime(20_000);
    expect(done).toEqual({});
    queue.isServed = true;
    jest.advanceTimersByTime(600);
    expect(done).toEqual({ first: [{ code: 'BUSY' }] });
    jest.advanceTimersByTime(1500);
    expect(done['second']).toEqual([{ code: 'BUSY' }]);
    expect(queue.length).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('lets logins wait until the running expression has used up its time', () => {
    queue.isServed = true;
    add('login', GATEWAY);
    jest.advanceTimersByTime(1900);
    add('a', 'a');
    jest.advanceTimersByTime(2300);
    expect(done).toEqual({ a: [{ code: 'BUSY' }] });
    jest.advanceTimersByTime(600);
    expect(done['login']).toBeUndefined();
    jest.advanceTimersByTime(300);
    expect(done['login']).toEqual([{ code: 'BUSY' }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('drops an expression of the owner that has most when it is full', () => {
    for (let i = 0; i < 101; i++) add(`a${i}`, 'a', i);
    expect(done['a100']).toEqual([{ code: 'BUSY' }]);
    for (let i = 0; i < 100; i++) add(`b${i}`, 'b');
    expect(queue.length).toBe(200);
    add('c', 'c');
    expect(done['c']).toBeUndefined();
    expect(done['a99']).toEqual([{ code: 'BUSY' }]);
    add('login', GATEWAY);
    expect(takeAll().slice(0, 4)).toEqual(['login', 'a0', 'b0', 'c']);
  });

  it('fails waiting expressions if no process could be started', () => {
    add('a', 'a');
    add('b', 'b');
    queue.failAll('FAILED');
    expect(done).toEqual({ a: [{ code: 'FAILED' }], b: [{ code: 'FAILED' }] });
    expect(takeAll()).toEqual([]);
  });
});
