import { type PriceConfig } from '../config/price.config.js';
import { type Usage } from '../conversation/usage.js';
import { type Rates, costOf, costOfUnknown, mostOf, withWiderClasses } from './rates.js';

const BILLION = 1_000_000_000;
const SECONDS_PER_HOUR = 3600;

/** Prices that hold from a number of input tokens on, for all tokens of the call. */
export interface PriceTier {
  /** The tier holds above this number of input tokens; below 0 for the first. */
  readonly above: number;
  readonly rates: Rates;
}

/** The prices of one model at one time. */
export class PriceList {
  /**
   * @param text the prices and where they are from, for the ledger and for people
   * @param tiers the first holds for every call; in ascending order
   */
  constructor(
    readonly text: string,
    private readonly tiers: readonly [PriceTier, ...PriceTier[]],
  ) {}

  /**
   * @param usage undefined when it is not known
   * @returns billionths of a US dollar; null when something was used that has no price
   */
  costOf(usage: Usage | undefined): number | null {
    if (usage === undefined) return costOfUnknown(this.tiers[0].rates);
    return costOf(usage, this.#ratesFor(usage.promptTokens));
  }

  /** The most that a call with so many tokens can cost; null when a price is missing. */
  mostOf(promptTokens: number, completionTokens: number): number | null {
    return mostOf(promptTokens, completionTokens, this.#ratesFor(promptTokens));
  }

  #ratesFor(promptTokens: number): Rates {
    let { rates } = this.tiers[0];
    for (const tier of this.tiers) if (promptTokens > tier.above) rates = tier.rates;
    return rates;
  }
}

/** The prices of a model's configuration. */
export function configuredPrices(price: PriceConfig): PriceList {
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
  return new PriceList(`config: ${textOf(price)}`, [{ above: -1, rates }]);
}

/** US dollars as whole billionths. @param times so much of a unit has this price */
export function nano(usd: number | undefined, times = 1): number | undefined {
  return usd === undefined ? undefined : Math.round(usd * BILLION) * times;
}

/** Prices as in the YAML: `input 2.5, output 10`, or `free`. */
export function textOf(price: object): string {
  const stated = Object.entries(price).filter(([, value]) => value !== undefined);
  if (stated.every(([, value]) => value === 0)) return 'free';
  return stated.map(([key, value]) => `${key} ${value}`).join(', ');
}
