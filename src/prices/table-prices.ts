import { type PriceTier, PriceList, nano, textOf } from './price-list.js';
import { type Rates, withWiderClasses } from './rates.js';

/** A price of the table: US dollars, perhaps with steps above a number of input tokens. */
type TablePrice =
  number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

interface Meaning {
  readonly rate: keyof Rates;
  /** The YAML's name for it. */
  readonly word: string;
  /** The number of units that the table's price covers. */
  readonly per?: number;
}

/**
 * The table's fields that can be matched with usage; its other fields are for things that no call
 * reports.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  input_mtok: { rate: 'input', word: 'input' },
  cache_read_mtok: { rate: 'cachedInput', word: 'cached_input' },
  cache_write_mtok: { rate: 'cacheWrite', word: 'cache_write' },
  cache_write_1h_mtok: { rate: 'longCacheWrite', word: 'cache_write_long' },
  input_audio_mtok: { rate: 'audioInput', word: 'audio_input' },
  input_image_mtok: { rate: 'imageInput', word: 'image_input' },
  output_mtok: { rate: 'output', word: 'output' },
  output_reasoning_mtok: { rate: 'reasoning', word: 'reasoning' },
  output_audio_mtok: { rate: 'audioOutput', word: 'audio_output' },
  output_image_mtok: { rate: 'imageOutput', word: 'image_output' },
  audio_hours: { rate: 'perHour', word: 'per_hour' },
  web_searches_kcount: { rate: 'perSearch', word: 'per_search', per: 1000 },
  requests_kcount: { rate: 'perRequest', word: 'per_request', per: 1000 },
};

/**
 * Converts an entry of the table. An entry without prices may stand for a free model or for one
 * whose price the authors do not know, so it counts as unknown.
 * @param name of the table and of the entry
 */
export function tablePrices(
  stated: Readonly<Record<string, TablePrice | undefined>>,
  name: string,
): PriceList | undefined {
  const known = Object.entries(MEANINGS).flatMap(([key, meaning]) => {
    const price = stated[key];
    return price === undefined ? [] : [{ ...meaning, price }];
  });
  if (known.length === 0) return undefined;
  const starts = new Set(
    known.flatMap(({ price }) => (typeof price === 'number' ? [] : price.tiers.map(startOf))),
  );
  const tierAbove = (above: number): PriceTier => {
    const rates = known.map(({ rate, price, per = 1 }) => [rate, nano(priceAbove(price, above) / per)]);
    return { above, rates: withWiderClasses(Object.fromEntries(rates) as Rates) };
  };
  const texts = known.map(({ word, price, per = 1 }) => [word, priceAbove(price, -1) / per]);
  const further = [...starts].toSorted((one, other) => one - other);
  const steps = further.map((start) => `; above ${start} input tokens more`);
  return new PriceList(`${name}: ${textOf(Object.fromEntries(texts) as object)}${steps.join('')}`, [
    tierAbove(-1),
    ...further.map(tierAbove),
  ]);
}

function startOf({ start }: { readonly start: number }): number {
  return start;
}

function priceAbove(price: TablePrice, above: number): number {
  if (typeof price === 'number') return price;
  let now = price.base;
  for (const tier of price.tiers.toSorted((one, other) => one.start - other.start)) {
    if (above >= tier.start) now = tier.price;
  }
  return now;
}
