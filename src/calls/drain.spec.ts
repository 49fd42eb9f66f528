import { type GatewayError } from '../errors/gateway-error.js';
import { Drain } from './drain.js';
import { RunningCall, RunningCalls } from './running-calls.js';

/** A call that counts how often it was cancelled. */
class Call extends RunningCall {
  reasons: GatewayError[] = [];

  constructor() {
    super({ complete: true });
  }

  override cancel(reason: GatewayError): void {
    this.reasons.push(reason);
  }
}

describe('Drain', () => {
  it('cancels each call that still runs once, in whatever order the others ended', async () => {
    for (const ended of [[0, 1], [1, 0], [3, 0], [0, 3], [2], [3, 2, 1], []]) {
      const running = new RunningCalls();
      const calls = [new Call(), new Call(), new Call(), new Call()];
      for (const call of calls) running.begin(call);
      for (const index of ended) running.done(calls[index]!);
      expect(running.count).toBe(calls.length - ended.length);
      await new Drain(running).run(0, 0.001);
      expect(calls.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual(
        calls.map((_, index) => (ended.includes(index) ? [] : ['shutting_down'])),
      );
    }
  });

  it('is over when the last call has ended, in whatever order they do', async () => {
    const running = new RunningCalls();
    const calls = [new Call(), new Call(), new Call()];
    for (const call of calls) running.begin(call);
    const over = new Drain(running).run(0, 3600);
    for (const call of [calls[1]!, calls[2]!, calls[0]!]) running.done(call);
    await over;
    expect(calls.every(({ reasons }) => reasons.length === 0)).toBe(true);
  });
});
