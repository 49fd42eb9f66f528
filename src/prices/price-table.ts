import { createRequire } from 'node:module';
import { type PriceList } from './price-list.js';
import { tablePrices } from './table-prices.js';

type Table = typeof import('@pydantic/genai-prices');
type Found = NonNullable<ReturnType<Table['calcPrice']>>;

/** The table's package in `package.json`, and the day of its release, which the package itself does not say. */
export const PRICE_TABLE = { name: '@pydantic/genai-prices', version: '0.1.8', date: '2026-09-23' } as const;

/** What the table needs to find a model. */
export interface PricedService {
  readonly type: string;
  readonly base_url: string;
  readonly model_name: string;
}

/** A model's prices, which may depend on the time of a call. */
export interface TableEntry {
  /** @param ms Unix time */
  at(ms: number): PriceList | undefined;
}

/**
 * The published prices of known services, as of the package's release. It is half a megabyte, so it is loaded by the
 * first search. The package could update itself over the network, which nobody asks it to do.
 */
export class PriceTable {
  #table: Table | undefined;

  get isLoaded(): boolean {
    return this.#table !== undefined;
  }

  /**
   * Looks up a model by its name at the service. The address decides which service it is. Where the table does not
   * know the address, the name does, and then the type of model.
   * @returns undefined when the price is not known
   */
  find(service: PricedService): TableEntry | undefined {
    this.#table ??= createRequire(import.meta.url)(PRICE_TABLE.name) as Table;
    const found = this.#search(this.#table, service);
    return found && new FoundEntry(this.#table, found);
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

class FoundEntry implements TableEntry {
  /** By the table's own objects: a model may have several prices over time. */
  readonly #lists = new Map<object, PriceList | undefined>();
  readonly #only: Found['provider'];

  constructor(
    private readonly table: Table,
    private readonly found: Found,
  ) {
    // A provider with one model is searched in no time.
    this.#only = { ...found.provider, models: [found.model] };
  }

  at(ms: number): PriceList | undefined {
    const { model, provider } = this.found;
    const isConstant = !Array.isArray(model.prices);
    const { model_price: prices } = isConstant ? this.found : this.#pricesAt(ms);
    if (!this.#lists.has(prices)) {
      this.#lists.set(prices, tablePrices(prices, `${PRICE_TABLE.date} ${provider.id}/${model.id}`));
    }
    return this.#lists.get(prices);
  }

  #pricesAt(ms: number): Found {
    const { model } = this.found;
    const at = {
      provider: { ...this.#only, models: [{ ...model, match: EVERYTHING }] },
      timestamp: new Date(ms),
    };
    return price(this.table, model.id, at) ?? this.found;
  }
}

const EVERYTHING = { starts_with: '' };

/** The package throws where its own figures do not fit together. */
function price(table: Table, model: string, options: Parameters<Table['calcPrice']>[2]): Found | undefined {
  try {
    return table.calcPrice({}, model, options) ?? undefined;
  } catch {
    return undefined;
  }
}
