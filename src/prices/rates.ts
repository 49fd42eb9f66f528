import { type Usage } from '../conversation/usage.js';
import { type UsageClasses, classesOf, whole } from './usage-classes.js';

/** Prices as whole numbers of at least 0; absent = unknown. */
export interface Rates extends Readonly<Partial<UsageClasses>> {
  // The inherited prices, of tokens, are in billionths of a US dollar per million.
  /** Billionths of a US dollar. */
  readonly perImage?: number;
  /** Per hour of audio, in billionths of a US dollar, because tables state hours. */
  readonly perHour?: number;
  readonly perSearch?: number;
  readonly perRequest?: number;
}

const CLASSES = [
  'input',
  'cachedInput',
  'cacheWrite',
  'longCacheWrite',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
] as const satisfies readonly (keyof UsageClasses)[];

const TOKENS_PER_PRICE = 1_000_000;
const MICROSECONDS_PER_SECOND = 1_000_000;
const SECONDS_PER_HOUR = 3600n;

/** Completes prices: a class without its own costs as much as the wider class that contains it. */
export function withWiderClasses(rates: Rates): Rates {
  const { input, output, cacheWrite = input } = rates;
  return withoutGaps({
    cachedInput: input,
    audioInput: input,
    imageInput: input,
    reasoning: output,
    audioOutput: output,
    imageOutput: output,
    ...withoutGaps(rates),
    cacheWrite,
    longCacheWrite: rates.longCacheWrite ?? cacheWrite,
  });
}

/**
 * The cost of a call, in billionths of a US dollar, rounded half up once.
 * - Images and audio need no price of their own if tokens with a price were used, or if requests
 * have a price.
 * - Tokens need no price if only units have one and a priced unit was used: the unit price then
 * includes them. If only requests have a price, it includes searches, too.
 * @param rates complete, see `withWiderClasses`
 * @returns null if something without a price was used
 */
export function costOf(usage: Usage, rates: Rates): number | null {
  const classes = classesOf(usage);
  let isUnpriced = false;
  let isPriced = false;
  let millionths = 0;
  for (const key of CLASSES) {
    const count = classes[key];
    if (count === 0) continue;
    const price = rates[key];
    if (price === undefined) isUnpriced = true;
    else {
      isPriced = true;
      millionths += count * price;
    }
  }
  const { perRequest, perImage, perSearch, perHour } = rates;
  const units = unitsOf(usage);
  const isMeasured = isPriced || perRequest !== undefined;
  if (units.images > 0 && perImage === undefined && !isMeasured) return null;
  if (units.micros > 0 && perHour === undefined && !isMeasured) return null;
  const areSearchesIncluded = perRequest !== undefined && !hasTokenPrice(rates);
  if (units.searches > 0 && perSearch === undefined && !areSearchesIncluded) return null;
  const time = units.micros * (perHour ?? 0);
  const others = (perRequest ?? 0) + units.images * (perImage ?? 0) + units.searches * (perSearch ?? 0);
  const isUnitPriced =
    perRequest !== undefined ||
    (units.images > 0 && perImage !== undefined) ||
    (units.searches > 0 && perSearch !== undefined) ||
    (units.micros > 0 && perHour !== undefined);
  if (isUnpriced && (isPriced || hasTokenPrice(rates) || !isUnitPriced)) return null;
  millionths += others * TOKENS_PER_PRICE + TOKENS_PER_PRICE / 2;
  // Whole numbers below 2^53 are exact.
  if (time > 0 || millionths > Number.MAX_SAFE_INTEGER) return exactSum(classes, units, rates);
  return (millionths - (millionths % TOKENS_PER_PRICE)) / TOKENS_PER_PRICE;
}

interface Units {
  readonly images: number;
  readonly searches: number;
  /** Millionths of a second. */
  readonly micros: number;
}

const NO_UNITS: Units = { images: 0, searches: 0, micros: 0 };

function unitsOf({ images, searches, seconds }: Usage): Units {
  if (images === undefined && searches === undefined && seconds === undefined) return NO_UNITS;
  return {
    images: whole(images),
    searches: whole(searches),
    micros: whole((seconds ?? 0) * MICROSECONDS_PER_SECOND),
  };
}

/**
 * Like `costOf`, for a call whose usage is not known.
 * @returns null if the cost depends on the usage
 */
export function costOfUnknown(rates: Rates): number | null {
  const { perRequest, input, output, ...rest } = rates;
  const isFree = [input ?? 0, output ?? 0, ...Object.values(rest)].every((price) => price === 0);
  const isKnown = perRequest !== undefined || (input === 0 && output === 0);
  return isFree && isKnown ? (perRequest ?? 0) : null;
}

/** Seconds of audio whose cost is reserved, because only the service knows the actual length. */
const GUESSED_SECONDS = 60;

/**
 * The highest possible cost of a call with so many tokens and images, whatever classes they belong
 * to. If tokens have no price, one search and a minute of audio are included, as far as they have
 * one.
 * @returns null if a price is missing
 */
export function mostOf(
  promptTokens: number,
  completionTokens: number,
  imageCount: number,
  rates: Rates,
): number | null {
  const { perImage, perSearch, perHour } = rates;
  const images = perImage === undefined ? 0 : imageCount;
  if (!hasTokenPrice(rates)) {
    const searches = perSearch === undefined ? 0 : 1;
    const seconds = perHour === undefined ? 0 : GUESSED_SECONDS;
    return costOf({ promptTokens, completionTokens, images, searches, seconds }, rates);
  }
  const input = highest(rates, ['input', 'cacheWrite', 'longCacheWrite', 'audioInput', 'imageInput']);
  const output = highest(rates, ['output', 'reasoning', 'audioOutput', 'imageOutput']);
  return costOf({ promptTokens, completionTokens, images }, { ...rates, input, output });
}

function hasTokenPrice({ input, output }: Rates): boolean {
  return input !== undefined || output !== undefined;
}

function highest(rates: Rates, classes: readonly (keyof UsageClasses)[]): number | undefined {
  if (rates[classes[0]!] === undefined) return undefined;
  return Math.max(...classes.map((each) => rates[each] ?? 0));
}

/**
 * The cost, calculated with big integers: for large amounts, and for hourly prices, which seconds
 * divide into fractions.
 */
function exactSum(classes: UsageClasses, { images, searches, micros }: Units, rates: Rates): number {
  const { perRequest, perImage, perSearch, perHour } = rates;
  let tokens = 0n;
  for (const key of CLASSES) tokens += times(classes[key], rates[key]);
  const units = times(1, perRequest) + times(images, perImage) + times(searches, perSearch);
  const perUnit = BigInt(TOKENS_PER_PRICE) * SECONDS_PER_HOUR;
  const parts = tokens * SECONDS_PER_HOUR + units * perUnit + times(micros, perHour);
  return Number((parts + perUnit / 2n) / perUnit);
}

function times(count: number, price: number | undefined): bigint {
  return BigInt(count) * BigInt(price ?? 0);
}

/** Omits keys whose value is undefined, because they would hide a default. */
function withoutGaps(rates: Rates): Rates {
  return Object.fromEntries(Object.entries(rates).filter(([, price]) => price !== undefined));
}
