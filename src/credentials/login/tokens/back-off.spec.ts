import { BackOff } from './back-off.js';

describe('BackOff', () => {
  it('doubles up to its longest pause, repeats the last error meanwhile, and starts anew when cleared', () => {
    const backOff = new BackOff(1000, 5000);
    expect(backOff.errorAt(0)).toBeUndefined();
    let now = 0;
    for (const pauseMs of [1000, 2000, 4000, 5000, 5000]) {
      backOff.failed(now, () => new Error(`after ${pauseMs}`));
      expect(backOff.errorAt(now + pauseMs - 1)?.message).toBe(`after ${pauseMs}`);
      expect(backOff.errorAt(now + pauseMs)).toBeUndefined();
      now += pauseMs;
    }
    backOff.clear();
    backOff.failed(now, () => new Error());
    expect(backOff.errorAt(now + 1000)).toBeUndefined();
  });

  it('is as long as the service asks, if that is longer, here and on other replicas', () => {
    const backOff = new BackOff(1000, 5000);
    backOff.failed(0, () => new Error(), 60_000);
    expect(backOff.untilMs).toBe(60_000);
    backOff.failed(60_000, () => new Error(), 500);
    expect(backOff.untilMs).toBe(62_000);
    const other = new BackOff(1000, 5000);
    const nowMs = Date.now();
    other.adopt(1, nowMs + 60_000, () => new Error(), 60_000);
    expect(other.untilMs).toBe(nowMs + 60_000);
  });

  it('continues another replica’s pause if the clocks of the two differ', () => {
    const backOff = new BackOff(1000, 5000);
    const nowMs = Date.now();
    backOff.adopt(3, nowMs + 3_600_000, () => new Error('theirs'));
    expect(backOff.errorAt(nowMs + 3900)?.message).toBe('theirs');
    expect(backOff.errorAt(nowMs + 4500)).toBeUndefined();
    backOff.adopt(1, nowMs - 1000, () => new Error('older'));
    expect(backOff.failures).toBe(3);
    backOff.failed(nowMs, () => new Error('ours'));
    expect(backOff.untilMs).toBe(nowMs + 5000);
  });

  it('is longer after failures elsewhere, which begin no pause themselves', () => {
    const backOff = new BackOff(1000, 5000);
    backOff.countAtLeast(1);
    expect(backOff.errorAt(0)).toBeUndefined();
    backOff.failed(0, () => new Error());
    expect(backOff.untilMs).toBe(2000);
    backOff.countAtLeast(0);
    expect(backOff.failures).toBe(2);
  });
});
