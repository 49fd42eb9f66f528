import { type Usage } from '../conversation/usage.js';
import { type UsageClasses, classesOf, whole } from './usage-classes.js';

/** Prices as whole numbers of at least 0; absent = not known. */
export interface Rates extends Readonly<Partial<UsageClasses>> {
  // Of tokens: billionths of a US dollar per million.
  /** Billionths of a US dollar. */
  readonly perImage?: number;
  /** Of audio, in billionths of a US dollar per hour, because tables state hours. */
  readonly perHour?: number;
  readonly perSearch?: number;
  readonly perRequest?: number;
}

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

/** A number of things at a price each. */
type Item = readonly [count: number, price: number];

/**
 * What a call cost, in billionths of a US dollar, rounded half up once.
 * - Images and audio that are also reported in tokens with a price need no price of their own.
 * - Tokens need no price if nothing but units has one, and one of these was used: the units then include them. A price
 *   of nothing but requests includes searches, too.
 * @param rates complete, see `withWiderClasses`
 * @returns null when something was used that has no price
 */
export function costOf(usage: Usage, rates: Rates): number | null {
  const classes = classesOf(usage);
  const tokens: Item[] = [];
  let unpricedTokens = 0;
  for (const key of Object.keys(classes) as (keyof UsageClasses)[]) {
    const count = classes[key];
    if (count === 0) continue;
    const price = rates[key];
    if (price === undefined) unpricedTokens += count;
    else tokens.push([count, price]);
  }
  const { images, seconds, searches } = usage;
  const micros = whole((seconds ?? 0) * MICROSECONDS_PER_SECOND);
  const units: Item[] = rates.perRequest === undefined ? [] : [[1, rates.perRequest]];
  const isMeasured = tokens.length > 0 || units.length > 0;
  if (whole(images) > 0) {
    if (rates.perImage !== undefined) units.push([whole(images), rates.perImage]);
    else if (!isMeasured) return null;
  }
  if (whole(searches) > 0) {
    if (rates.perSearch !== undefined) units.push([whole(searches), rates.perSearch]);
    else if (rates.perRequest === undefined || hasTokenPrice(rates)) return null;
  }
  const isTimed = micros > 0 && rates.perHour !== undefined;
  if (micros > 0 && !isTimed && !isMeasured) return null;
  const unitsIncludeTokens = tokens.length === 0 && !hasTokenPrice(rates) && (units.length > 0 || isTimed);
  if (unpricedTokens > 0 && !unitsIncludeTokens) return null;
  return isTimed ? exactSum(tokens, units, [micros, rates.perHour!]) : sum(tokens, units);
}

/** As `costOf`, for a call whose usage is not known: what it costs whatever it used. */
export function costOfUnknown(rates: Rates): number | null {
  const { perRequest, input, output, ...rest } = rates;
  const isFree = [input ?? 0, output ?? 0, ...Object.values(rest)].every((price) => price === 0);
  const isKnown = perRequest !== undefined || (input === 0 && output === 0);
  return isFree && isKnown ? (perRequest ?? 0) : null;
}

/** Reserved for audio of a length that only its service knows. */
const GUESSED_SECONDS = 60;

/**
 * The most that a call with so many tokens can cost, whichever classes they turn out to be of: with one image, and
 * where tokens have no price, with one search or a minute of audio.
 * @returns null when a price is missing
 */
export function mostOf(promptTokens: number, completionTokens: number, rates: Rates): number | null {
  const { perImage, perSearch, perHour } = rates;
  const images = perImage === undefined ? 0 : 1;
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

/** Whole numbers below 2^53 are exact; a larger sum is repeated with integers of any size. */
function sum(tokens: readonly Item[], units: readonly Item[]): number {
  let millionths = 0;
  for (const [count, price] of tokens) millionths += count * price;
  for (const [count, price] of units) millionths += count * price * TOKENS_PER_PRICE;
  millionths += TOKENS_PER_PRICE / 2;
  if (millionths > Number.MAX_SAFE_INTEGER) return exactSum(tokens, units);
  return (millionths - (millionths % TOKENS_PER_PRICE)) / TOKENS_PER_PRICE;
}

function exactSum(tokens: readonly Item[], units: readonly Item[], time: Item = [0, 0]): number {
  let parts = BigInt(time[0]) * BigInt(time[1]);
  for (const [count, price] of tokens) parts += BigInt(count) * BigInt(price) * SECONDS_PER_HOUR;
  const perUnit = BigInt(TOKENS_PER_PRICE) * SECONDS_PER_HOUR;
  for (const [count, price] of units) parts += BigInt(count) * BigInt(price) * perUnit;
  return Number((parts + perUnit / 2n) / perUnit);
}

/** Without keys whose value is undefined, which would hide a default. */
function withoutGaps(rates: Rates): Rates {
  return Object.fromEntries(Object.entries(rates).filter(([, price]) => price !== undefined));
}
