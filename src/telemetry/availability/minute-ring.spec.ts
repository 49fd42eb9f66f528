import { BIN_COUNT, binOf, quantile } from './latency-histogram.js';
import { MinuteRing } from './minute-ring.js';

const MINUTE = 60_000;
const START = 29_000_000 * MINUTE;

describe('a latency histogram', () => {
  it('has a bin for every duration', () => {
    expect([0, 0.2, 1].map(binOf)).toEqual([0, 0, 0]);
    expect(binOf(1.01)).toBe(1);
    for (const ms of [2, 17, 400, 5000, 600_000]) expect(binOf(ms)).toBeGreaterThan(binOf(ms / 1.3));
    expect(binOf(1e12)).toBe(BIN_COUNT - 1);
  });

  it('gives quantiles to within a quarter', () => {
    const counts = new Uint32Array(BIN_COUNT);
    for (let ms = 1; ms <= 10_000; ms++) counts[binOf(ms)]!++;
    for (const share of [0.1, 0.5, 0.95, 0.99]) {
      expect(Math.abs(quantile(counts, share)! / (share * 10_000) - 1)).toBeLessThan(0.25);
    }
    expect(quantile(new Uint32Array(BIN_COUNT), 0.5)).toBeUndefined();
  });
});

describe('a minute ring', () => {
  it('counts by the minute and forgets after an hour', () => {
    const ring = new MinuteRing();
    ring.success(START, 100, undefined);
    ring.error(START + 1);
    ring.success(START + 4 * MINUTE, 1000, 200);
    expect(ring.figures(START + 4 * MINUTE, 5)).toMatchObject({ requests: 3, errors: 1 });
    expect(ring.figures(START + 5 * MINUTE, 5)).toMatchObject({ requests: 1, errors: 0 });
    expect(ring.figures(START + 59 * MINUTE, 60)).toMatchObject({ requests: 3, errors: 1 });
    expect(ring.figures(START + 60 * MINUTE, 60)).toMatchObject({ requests: 1, errors: 0 });
    ring.success(START + 60 * MINUTE, 1, undefined);
    expect(ring.figures(START + 60 * MINUTE, 60)).toMatchObject({ requests: 2, errors: 0 });
  });

  it('keeps first-token times of streams apart', () => {
    const ring = new MinuteRing();
    for (let call = 0; call < 20; call++) ring.success(START, 8000, 300);
    for (let call = 0; call < 20; call++) ring.success(START, 100, undefined);
    const { firstTokenP50Ms, p95Ms } = ring.figures(START, 1);
    expect(Math.abs(firstTokenP50Ms! / 300 - 1)).toBeLessThan(0.25);
    expect(Math.abs(p95Ms! / 8000 - 1)).toBeLessThan(0.25);
    const { streams, plain } = ring.waiting(START, 0, 5, 20);
    expect([Math.abs(streams! / 300 - 1) < 0.25, Math.abs(plain! / 100 - 1) < 0.25]).toEqual([true, true]);
    expect(ring.waiting(START, 0, 5, 21)).toEqual({ streams: undefined, plain: undefined });
    expect(ring.waiting(START, 1, 5, 1)).toEqual({ streams: undefined, plain: undefined });
  });
});
