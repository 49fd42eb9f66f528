import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { TokenCounter } from './token-counter.js';

const WORDS = 'unbelievably incomprehensible';
const COUNTED = [6];
const GUESSED = [8];

/** Its first thread cannot be started, or ends at once. */
class UnluckyCounter extends TokenCounter {
  starts = 0;

  constructor(private readonly fail: () => Worker) {
    super();
  }

  protected override createWorker(): Worker {
    this.starts += 1;
    return this.starts === 1 ? this.fail() : super.createWorker();
  }
}

const refused = (): never => {
  throw new Error('no memory for a thread');
};

describe('TokenCounter', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['was refused', refused],
    ['failed', () => new Worker("throw new Error('no table')", { eval: true })],
  ])(
    'guesses after its start %s, and counts again later',
    async (_what, fail) => {
      jest.spyOn(Logger.prototype, 'error').mockImplementation();
      const counter = new UnluckyCounter(fail);
      try {
        expect(await counter.count([WORDS])).toEqual(GUESSED);
        expect(await counter.count([WORDS])).toEqual(GUESSED);
        expect(counter.starts).toBe(1);
        const now = performance.now();
        jest.spyOn(performance, 'now').mockReturnValue(now + 11_000);
        expect(await counter.count([WORDS])).toEqual(COUNTED);
      } finally {
        await counter.onApplicationShutdown();
      }
    },
    30_000,
  );
});
