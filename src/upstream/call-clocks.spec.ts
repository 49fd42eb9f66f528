import { TimeoutsConfig } from '../config/settings.js';
import { CallClocks } from './call-clocks.js';

describe('the clocks of a call', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** @returns which clock expired, and after how many milliseconds; undefined: none within ten seconds */
  function expiry(
    timeouts: Partial<TimeoutsConfig>,
    connectedMs: number,
  ): readonly [clock: string, atMs: number] | undefined {
    const startMs = Date.now();
    let expired: readonly [string, number] | undefined;
    const all = Object.assign(new TimeoutsConfig(), timeouts);
    const clocks = new CallClocks(all, false, (clock) => (expired ??= [clock, Date.now() - startMs]));
    setTimeout(() => clocks.connected(), connectedMs);
    jest.advanceTimersByTime(10_000);
    clocks.stop();
    expect(jest.getTimerCount()).toBe(0);
    return expired;
  }

  it.each([
    [{ connect_seconds: 1, total_seconds: 3 }, 2000, ['connect_timeout', 1000]],
    [{ connect_seconds: 1, total_seconds: 3 }, 500, ['total_timeout', 3000]],
    [{ connect_seconds: 3, total_seconds: 1 }, 500, ['total_timeout', 1000]],
    [{ connect_seconds: 1, total_seconds: 1 }, 2000, ['total_timeout', 1000]],
    [{ connect_seconds: 0, total_seconds: 3 }, 5000, ['total_timeout', 3000]],
    [{ connect_seconds: 1, total_seconds: 0 }, 2000, ['connect_timeout', 1000]],
    [{ connect_seconds: 1, total_seconds: 0 }, 500, undefined],
    [{ connect_seconds: 0, total_seconds: 0 }, 5000, undefined],
  ] as const)('%j, connected after %d ms', (timeouts, connectedMs, expected) => {
    expect(expiry(timeouts, connectedMs)).toEqual(expected);
  });

  it('leave no timer behind once they are stopped', () => {
    const clocks = new CallClocks(new TimeoutsConfig(), true, () => undefined);
    clocks.connected();
    clocks.waiting();
    clocks.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
