import { type PriceConfig, type RatesConfig } from '../config/price.config.js';
import { type Usage } from '../conversation/usage.js';
import { type Rates, costOf, costOfUnknown, mostOf, withWiderClasses } from './rates.js';

const BILLION = 1_000_000_000;
const SECONDS_PER_HOUR = 3600;

/** Prices that apply above a number of input tokens, to all tokens of the call. */
export interface PriceTier {
  /** The tier applies above this number of input tokens; negative for the first tier. */
  readonly above: number;
  readonly rates: Rates;
}

/** The prices of one model at one time. */
export class PriceList {
  /**
   * @param text the prices and their source, for the ledger and for display
   * @param tiers in ascending order; the first applies to every call
   * @param services the prices of the service tiers, by their names
   */
  constructor(
    readonly text: string,
    private readonly tiers: readonly [PriceTier, ...PriceTier[]],
    private readonly services: ReadonlyMap<string, PriceList> = NO_SERVICES,
  ) {}

  /**
   * The prices in a service tier. A free model is free in every tier.
   * @param name undefined for the default tier
   * @returns undefined if they are not known
   */
  inTier(name: string | undefined): PriceList | undefined {
    if (name === undefined) return this;
    return this.services.get(name) ?? (costOfUnknown(this.tiers[0].rates) === 0 ? this : undefined);
  }

  /**
   * @param usage undefined if it is not known
   * @returns billionths of a US dollar; null if something without a price was used
   */
  costOf(usage: Usage | undefined): number | null {
    if (usage === undefined) return costOfUnknown(this.tiers[0].rates);
    return costOf(usage, this.#ratesFor(usage.promptTokens));
  }

  /**
   * The highest possible cost of a call with so many tokens, over all known service tiers; null if
   * an ordinary price is missing.
   */
  mostOf(promptTokens: number, completionTokens: number, images: number): number | null {
    let most = mostOf(promptTokens, completionTokens, images, this.#ratesFor(promptTokens));
    if (most === null || this.services === NO_SERVICES) return most;
    for (const prices of this.services.values())
      most = Math.max(most, prices.mostOf(promptTokens, completionTokens, images) ?? 0);
    return most;
  }

  #ratesFor(promptTokens: number): Rates {
    let { rates } = this.tiers[0];
    for (const tier of this.tiers) if (promptTokens > tier.above) rates = tier.rates;
    return rates;
  }
}

const NO_SERVICES: ReadonlyMap<string, PriceList> = new Map();

/** The prices of a model's configuration. */
export function configuredPrices({ service_tiers: tiers = {}, ...price }: PriceConfig): PriceList {
  const services = Object.entries(tiers)
    .filter((tier): tier is [string, RatesConfig] => tier[1] !== undefined)
    .map(([name, rates]) => [name, listOf(rates, `config, ${name}`)] as const);
  return listOf(price, 'config', services.length === 0 ? undefined : new Map(services));
}

function listOf(price: RatesConfig, name: string, services?: ReadonlyMap<string, PriceList>): PriceList {
  const rates = withWiderClasses({
    input: nano(price.input),
    cachedInput: nano(price.cached_input),
    cacheWrite: nano(price.cache_write),
    longCacheWrite: nano(price.cache_write_long),
    audioInput: nano(price.audio_input),
    imageInput: nano(price.image_input),
    output: nano(price.output),
    reasoning: nano(price.reasoning),
    audioOutput: nano(price.audio_output),
    imageOutput: nano(price.image_output),
    perImage: nano(price.per_image),
    perHour: nano(price.per_second, SECONDS_PER_HOUR),
    perSearch: nano(price.per_search),
    perRequest: nano(price.per_request),
  });
  return new PriceList(`${name}: ${textOf(price)}`, [{ above: -1, rates }], services);
}

/**
 * US dollars as whole billionths.
 * @param times the number of units that the price covers
 */
export function nano(usd: number | undefined, times = 1): number | undefined {
  return usd === undefined ? undefined : Math.round(usd * BILLION) * times;
}

/** Prices as in the YAML: `input 2.5, output 10`, or `free`. */
export function textOf(price: object): string {
  const stated = Object.entries(price).filter(([, value]) => value !== undefined);
  if (stated.every(([, value]) => value === 0)) return 'free';
  return stated.map(([key, value]) => `${key} ${value}`).join(', ');
}
