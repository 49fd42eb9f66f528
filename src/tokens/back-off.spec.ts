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
});
