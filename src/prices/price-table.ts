import { createRequire } from 'node:module';
import { type PriceList } from './price-list.js';
import { tablePrices } from './table-prices.js';

type Table = typeof import('@pydantic/genai-prices');
type Found = NonNullable<ReturnType<Table['calcPrice']>>;

/**
 * The table's package in `package.json`, and the day of its release, which the package itself does
 * not state.
 */
export const PRICE_TABLE = { name: '@pydantic/genai-prices', version: '0.1.8', date: '2026-09-23' } as const;

/** The facts by which the table finds a model. */
export interface PricedService {
  readonly type: string;
  readonly base_url: string;
  readonly model_name: string;
}

/** The prices of a model, which may depend on the time of a call. */
export interface KnownPrice {
  /** The prices if they never change; undefined if they depend on the time. */
  readonly always: PriceList | undefined;
  /** @param ms Unix time */
  at(ms: number): PriceList | undefined;
}

/**
 * The published prices of known services, as of the package's release. The table is half a
 * megabyte, so it is loaded by the first search. The package's own updates over the network are
 * never used.
 */
export class PriceTable {
  #table: Table | undefined;

  get isLoaded(): boolean {
    return this.#table !== undefined;
  }

  /**
   * Looks up a model by its name at the service. The service is identified by its address; if the
   * table does not know the address, by the model's name, and then by the type of model.
   * @returns undefined if the price is not known
   */
  find(service: PricedService): KnownPrice | undefined {
    this.#table ??= createRequire(import.meta.url)(PRICE_TABLE.name) as Table;
    const found = this.#search(this.#table, service);
    if (found === undefined) return undefined;
    return Array.isArray(found.model.prices)
      ? new ChangingPrice(this.#table, found)
      : constantPrice(listOf(found));
  }

  #search(table: Table, { type, base_url: address, model_name: model }: PricedService): Found | undefined {
    const isKnownAddress = table.findProvider({ providerApiUrl: address }) !== undefined;
    const ways = isKnownAddress ? [{ providerApiUrl: address }] : [{}, { providerId: type }];
    for (const way of ways) {
      const found = price(table, model, way);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** @param list undefined if it is not known */
export function constantPrice(list: PriceList | undefined): KnownPrice | undefined {
  return list && { always: list, at: () => list };
}

/** A price that depends on the date or the time of day. */
class ChangingPrice implements KnownPrice {
  readonly always = undefined;
  /** Keyed by the table's own objects, of which there are few. */
  readonly #lists = new Map<object, PriceList | undefined>();
  /** A provider with a single model that every name matches, so that nothing is searched. */
  readonly #provider: Found['provider'];

  constructor(
    private readonly table: Table,
    private readonly found: Found,
  ) {
    this.#provider = { ...found.provider, models: [{ ...found.model, match: EVERYTHING }] };
  }

  at(ms: number): PriceList | undefined {
    const { table, found } = this;
    const now = price(table, found.model.id, { provider: this.#provider, timestamp: new Date(ms) }) ?? found;
    const { model_price: prices } = now;
    if (!this.#lists.has(prices)) this.#lists.set(prices, listOf(now));
    return this.#lists.get(prices);
  }
}

function listOf({ model_price: prices, model, provider }: Found): PriceList | undefined {
  return tablePrices(prices, `${PRICE_TABLE.date} ${provider.id}/${model.id}`);
}

const EVERYTHING = { starts_with: '' };

/** The package throws if its own figures contradict each other. */
function price(table: Table, model: string, options: Parameters<Table['calcPrice']>[2]): Found | undefined {
  try {
    return table.calcPrice({}, model, options) ?? undefined;
  } catch {
    return undefined;
  }
}
