import { type GatewayError } from '../errors/gateway-error.js';
import { CallRecord } from './call-record.js';
import { Drain } from './drain.js';
import { type RunningCall, RunningCalls } from './running-calls.js';

const RESPONSE = {
  req: { complete: true },
  record: new CallRecord('id', 'POST', '/v1/chat/completions'),
  workBegan: () => undefined,
  workEnded: () => undefined,
};

/** Calls that note how often each was cancelled. */
function beginCalls(running: RunningCalls, count: number): { call: RunningCall; reasons: GatewayError[] }[] {
  return Array.from({ length: count }, () => {
    const call = running.begin(RESPONSE);
    const reasons: GatewayError[] = [];
    call.cancel = (reason) => void reasons.push(reason);
    return { call, reasons };
  });
}

describe('Drain', () => {
  it('cancels each call that still runs exactly once, regardless of the order of the others', async () => {
    for (const ended of [[0, 1], [1, 0], [3, 0], [0, 3], [2], [3, 2, 1], []]) {
      const running = new RunningCalls();
      const calls = beginCalls(running, 4);
      for (const index of ended) running.done(calls[index]!.call);
      expect(running.count).toBe(calls.length - ended.length);
      await new Drain(running).run(0, 0.001);
      expect(calls.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual(
        calls.map((_, index) => (ended.includes(index) ? [] : ['shutting_down'])),
      );
    }
  });

  it('is over when the last call has ended, regardless of their order', async () => {
    const running = new RunningCalls();
    const calls = beginCalls(running, 3);
    const over = new Drain(running).run(0, 3600);
    for (const { call } of [calls[1]!, calls[2]!, calls[0]!]) running.done(call);
    await over;
    expect(calls.every(({ reasons }) => reasons.length === 0)).toBe(true);
  });
});
