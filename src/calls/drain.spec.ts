import { type GatewayError } from '../errors/gateway-error.js';
import { Drain, type RunningCall } from './drain.js';

/** A call that notes how often it was told to stop. */
class Call implements RunningCall {
  place = -1;
  reasons: GatewayError[] = [];

  cancel(reason: GatewayError): void {
    this.reasons.push(reason);
  }
}

describe('Drain', () => {
  it('tells those that still run, in whatever order the others ended, and each of them once', async () => {
    for (const ended of [[0, 1], [1, 0], [3, 0], [0, 3], [2], [3, 2, 1], []]) {
      const drain = new Drain();
      const calls = [new Call(), new Call(), new Call(), new Call()];
      for (const call of calls) drain.begin(call);
      for (const index of ended) drain.done(calls[index]!);
      expect(drain.runningCount).toBe(calls.length - ended.length);
      await drain.run(0, 0.001);
      expect(calls.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual(
        calls.map((_, index) => (ended.includes(index) ? [] : ['shutting_down'])),
      );
    }
  });

  it('is over when the last call has ended, in whatever order they do', async () => {
    const drain = new Drain();
    const calls = [new Call(), new Call(), new Call()];
    for (const call of calls) drain.begin(call);
    const over = drain.run(0, 3600);
    for (const call of [calls[1]!, calls[2]!, calls[0]!]) drain.done(call);
    await over;
    expect(calls.every(({ reasons }) => reasons.length === 0)).toBe(true);
  });
});
