import fc from 'fast-check';
import { type Usage } from '../conversation/usage.js';
import { type Rates, costOf, costOfUnknown, mostOf, withWiderClasses } from './rates.js';
import { classesOf } from './usage-classes.js';

/** Of dollars per million tokens, or per unit. */
const usd = (amount: number) => Math.round(amount * 1e9);
const of = (rates: Rates) => withWiderClasses(rates);
const PLAIN = of({ input: usd(2.5), output: usd(10) });
const RICH = of({
  input: usd(3),
  cachedInput: usd(0.3),
  cacheWrite: usd(3.75),
  longCacheWrite: usd(6),
  audioInput: usd(40),
  output: usd(15),
  reasoning: usd(20),
  audioOutput: usd(80),
});

describe('the cost of a call', () => {
  it.each<[string, Usage, Rates, number | null]>([
    ['input and output', { promptTokens: 1000, completionTokens: 100 }, PLAIN, 3_500_000],
    ['nothing', { promptTokens: 0, completionTokens: 0 }, PLAIN, 0],
    [
      'cached input at its own price',
      { promptTokens: 1000, completionTokens: 0, cachedTokens: 400 },
      RICH,
      1_920_000,
    ],
    [
      'cached input, else at that of input',
      { promptTokens: 1000, completionTokens: 0, cachedTokens: 400 },
      PLAIN,
      2_500_000,
    ],
    [
      'cache writes for minutes and for an hour',
      { promptTokens: 1000, completionTokens: 0, cacheWriteTokens: 500, longCacheWriteTokens: 200 },
      RICH,
      500 * 3000 + 300 * 3750 + 200 * 6000,
    ],
    [
      'long cache writes at the price of writes, if it has none',
      { promptTokens: 10, completionTokens: 0, cacheWriteTokens: 10, longCacheWriteTokens: 10 },
      of({ input: usd(1), cacheWrite: usd(2) }),
      20_000,
    ],
    [
      'reasoning as a part of the output, not twice',
      { promptTokens: 0, completionTokens: 100, reasoningTokens: 60 },
      RICH,
      40 * 15_000 + 60 * 20_000,
    ],
    [
      'reasoning at the price of output',
      { promptTokens: 0, completionTokens: 100, reasoningTokens: 60 },
      PLAIN,
      1_000_000,
    ],
    [
      'audio that may be cached once',
      { promptTokens: 1000, completionTokens: 0, cachedTokens: 600, audioInputTokens: 800 },
      RICH,
      600 * 300 + 400 * 40_000,
    ],
    [
      'cached input beyond all input, as some services report it',
      { promptTokens: 10, completionTokens: 0, cachedTokens: 100 },
      RICH,
      100 * 300,
    ],
    ['fractions of a billionth, half up', { promptTokens: 1, completionTokens: 0 }, of({ input: 500 }), 0],
    ['half a billionth', { promptTokens: 1, completionTokens: 0 }, of({ input: 500_000 }), 1],
    [
      'many small amounts, rounded once',
      { promptTokens: 3, completionTokens: 0, cachedTokens: 1, cacheWriteTokens: 1 },
      of({ input: 300_000 }),
      1,
    ],
    ['fractional and negative counts', { promptTokens: 9.6, completionTokens: -3 }, PLAIN, 25_000],
    [
      'counts that are no numbers',
      { promptTokens: NaN, completionTokens: Infinity },
      of({ input: 1, output: 0 }),
      0,
    ],
    ['images', { promptTokens: 0, completionTokens: 0, images: 2 }, of({ perImage: usd(0.04) }), 80_000_000],
    ['images without a price', { promptTokens: 0, completionTokens: 0, images: 2 }, PLAIN, null],
    ['images that tokens pay for', { promptTokens: 10, completionTokens: 0, images: 2 }, PLAIN, 25_000],
    [
      'tokens that images pay for',
      { promptTokens: 10, completionTokens: 4000, images: 1 },
      of({ perImage: usd(0.04) }),
      40_000_000,
    ],
    [
      'seconds',
      { promptTokens: 0, completionTokens: 0, seconds: 90.5 },
      of({ perHour: usd(0.36) }),
      9_050_000,
    ],
    ['seconds without a price', { promptTokens: 0, completionTokens: 0, seconds: 2 }, PLAIN, null],
    ['seconds that tokens pay for', { promptTokens: 4, completionTokens: 2, seconds: 2 }, PLAIN, 30_000],
    [
      'searches',
      { promptTokens: 1000, completionTokens: 0, searches: 3 },
      of({ input: usd(1), perSearch: usd(0.01) }),
      31_000_000,
    ],
    ['searches without a price', { promptTokens: 1000, completionTokens: 0, searches: 3 }, PLAIN, null],
    [
      'a request and all that it used',
      { promptTokens: 9, completionTokens: 9, searches: 3, images: 1 },
      of({ perRequest: usd(0.5) }),
      500_000_000,
    ],
    [
      'a request and its tokens',
      { promptTokens: 1000, completionTokens: 0 },
      of({ input: usd(1), perRequest: usd(0.5) }),
      501_000_000,
    ],
    ['output without a price', { promptTokens: 1, completionTokens: 1 }, of({ input: usd(1) }), null],
    [
      'no output, which then needs no price',
      { promptTokens: 1, completionTokens: 0 },
      of({ input: usd(1) }),
      1000,
    ],
    [
      'tokens where only other things have a price',
      { promptTokens: 1, completionTokens: 1 },
      of({ perImage: usd(1) }),
      null,
    ],
    ['free things', { promptTokens: 1, completionTokens: 1 }, of({ input: 0, output: 0 }), 0],
  ])('counts %s', (_what, usage, rates, cost) => {
    expect(costOf(usage, rates)).toBe(cost);
  });

  it('of unknown usage is known only if the price does not depend on usage', () => {
    expect(costOfUnknown(PLAIN)).toBeNull();
    expect(costOfUnknown(of({ input: 0, output: 0 }))).toBe(0);
    expect(costOfUnknown(of({ input: 0 }))).toBeNull();
    expect(costOfUnknown(of({ perRequest: usd(0.1) }))).toBe(100_000_000);
    expect(costOfUnknown(of({ perRequest: usd(0.1), input: 1 }))).toBeNull();
    expect(costOfUnknown(of({ perRequest: usd(0.1), perImage: 1 }))).toBeNull();
  });

  it.each<[string, Rates, number | null]>([
    ['tokens at their dearest', RICH, 1000 * 40_000 + 100 * 80_000],
    ['nothing without a price of output', of({ input: 1 }), null],
    ['an image', of({ perImage: usd(0.04) }), 40_000_000],
    ['a search', of({ perSearch: usd(0.002) }), 2_000_000],
    ['a minute', of({ perHour: usd(0.36) }), 6_000_000],
    ['a request', of({ perRequest: usd(0.5) }), 500_000_000],
    ['a request and its tokens', of({ perRequest: usd(0.5), input: usd(1), output: 0 }), 501_000_000],
    ['tokens and no search', of({ input: usd(1), output: 0, perSearch: usd(0.01) }), 1_000_000],
  ])('may be at most %s', (_what, rates, most) => {
    expect(mostOf(1000, 100, 1, rates)).toBe(most);
  });

  it('may be at most as many images as are asked for', () => {
    expect(mostOf(1000, 100, 4, of({ perImage: usd(0.04) }))).toBe(160_000_000);
    expect(mostOf(1000, 100, 4, of({ input: usd(1), output: 0, perImage: usd(0.04) }))).toBe(161_000_000);
    expect(mostOf(1000, 100, 4, RICH)).toBe(mostOf(1000, 100, 1, RICH));
  });

  const count = fc.oneof(fc.nat(2000), fc.nat(2_000_000_000));
  const usages = fc.record(
    {
      promptTokens: count,
      completionTokens: count,
      cachedTokens: count,
      cacheWriteTokens: count,
      longCacheWriteTokens: count,
      reasoningTokens: count,
      audioInputTokens: count,
      imageInputTokens: count,
      audioOutputTokens: count,
      imageOutputTokens: count,
      images: fc.nat(20),
      seconds: fc.nat(7200),
      searches: fc.nat(20),
    },
    { requiredKeys: ['promptTokens', 'completionTokens'] },
  );
  const price = fc.oneof(fc.nat(2_000_000_000), fc.integer({ min: 0, max: 1e15 }));
  const rates = fc.record({
    input: price,
    cachedInput: price,
    cacheWrite: price,
    longCacheWrite: price,
    audioInput: price,
    imageInput: price,
    output: price,
    reasoning: price,
    audioOutput: price,
    imageOutput: price,
    perImage: price,
    perHour: price,
    perSearch: price,
    perRequest: price,
  });

  it('is the exact sum, rounded once, for any figures', () => {
    fc.assert(
      fc.property(usages, rates, (usage, at) => {
        const classes = classesOf(usage);
        let exact = 0n; // billionths of a dollar, times 3,600 million
        for (const [key, tokens] of Object.entries(classes)) {
          exact += BigInt(tokens) * BigInt(at[key as keyof typeof classes]) * 3600n;
        }
        const units = [
          [1, at.perRequest],
          [usage.images ?? 0, at.perImage],
          [usage.searches ?? 0, at.perSearch],
        ] as const;
        for (const [many, each] of units) exact += BigInt(many) * BigInt(each) * 3_600_000_000n;
        exact += BigInt(usage.seconds ?? 0) * BigInt(at.perHour) * 1_000_000n;
        const expected = (exact + 1_800_000_000n) / 3_600_000_000n;
        expect(costOf(usage, at)).toBe(Number(expected));
      }),
      { numRuns: 2000 },
    );
  });

  it('counts each token once, and is never above the dearest', () => {
    fc.assert(
      fc.property(usages, rates, (usage, at) => {
        const { input, cachedInput, cacheWrite, longCacheWrite, audioInput, imageInput, ...output } =
          classesOf(usage);
        const writes = cacheWrite + longCacheWrite;
        expect(input + cachedInput + writes + audioInput + imageInput).toBe(
          Math.max(usage.promptTokens, (usage.cachedTokens ?? 0) + (usage.cacheWriteTokens ?? 0)),
        );
        expect(Object.values(output).reduce((sum, each) => sum + each, 0)).toBe(usage.completionTokens);
        const prompt = input + cachedInput + writes + audioInput + imageInput;
        const one = { ...at, cachedInput: Math.min(at.cachedInput, at.input) };
        const { images: _images, seconds: _seconds, searches: _searches, ...tokens } = usage;
        const most = mostOf(prompt, usage.completionTokens, 1, one)!;
        expect(costOf({ ...tokens, promptTokens: prompt }, one)!).toBeLessThanOrEqual(most);
      }),
    );
  });
});
