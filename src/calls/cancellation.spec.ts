import { CallerLeftError } from '../errors/caller-errors.js';
import { ShuttingDownError } from '../errors/server-errors.js';
import { Cancellation } from './cancellation.js';

describe('Cancellation', () => {
  it('aborts the attached work and ends every wait, once and for one reason', async () => {
    const cancellation = new Cancellation();
    const seen: string[] = [];
    cancellation.attach({ abort: () => void seen.push('work before') });
    cancellation.attach({ abort: ({ code }) => void seen.push(`work ${code}`) });
    cancellation.whileWaiting(({ code }) => void seen.push(`wait ${code}`));
    cancellation.whileWaiting(() => void seen.push('over'))();
    const shared = cancellation.race(new Promise(() => undefined));
    cancellation.cancel(new ShuttingDownError());
    cancellation.cancel(new CallerLeftError());
    await expect(shared).rejects.toBe(cancellation.reason);
    expect(seen).toEqual(['work shutting_down', 'wait shutting_down']);
  });

  it('still aborts what is attached after a wait that has settled', async () => {
    const cancellation = new Cancellation();
    const abort = jest.fn();
    cancellation.attach({ abort });
    expect(await cancellation.race(Promise.resolve(1))).toBe(1);
    await expect(cancellation.race(Promise.reject(new Error('no')))).rejects.toThrow('no');
    cancellation.leave();
    expect(abort).toHaveBeenCalledTimes(1);
  });

  it('ends at once what begins after it', async () => {
    const cancellation = new Cancellation();
    cancellation.leave();
    const abort = jest.fn();
    cancellation.attach({ abort });
    cancellation.whileWaiting(abort);
    await expect(cancellation.race(new Promise(() => undefined))).rejects.toBeInstanceOf(CallerLeftError);
    expect(abort.mock.calls).toEqual([[cancellation.reason], [cancellation.reason]]);
  });
});
