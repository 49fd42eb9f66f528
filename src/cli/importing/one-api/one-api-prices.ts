import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Fields, type ImportedGateway } from '../imported-gateway.js';

/** Default quota for one US dollar. */
const QUOTA_PER_USD = 500_000;
const TOKENS = 1_000_000;
const READ = new Set([
  'QuotaPerUnit',
  'ModelRatio',
  'CompletionRatio',
  'CacheRatio',
  'CreateCacheRatio',
  'ModelPrice',
]);

/** The options of one-api or new-api that set prices. */
export class OneApiPrices {
  /** Quota for one US dollar. */
  readonly quotaPerUsd: number;
  readonly #options: ReadonlyMap<string, unknown>;

  constructor(
    options: readonly JsonObject[],
    private readonly gateway: ImportedGateway,
  ) {
    this.#options = new Map(options.map(({ key, value }) => [String(key), value]));
    const quota = Number(this.#options.get('QuotaPerUnit'));
    this.quotaPerUsd = quota > 0 ? quota : QUOTA_PER_USD;
    this.#noteOthers();
  }

  /** The price of a model, as fields of its entry; empty if the options set none. */
  of(model: string): Fields {
    const perRequest = this.#number('ModelPrice', model);
    if (perRequest !== undefined) return { price: { input: 0, output: 0, per_request: perRequest } };
    const ratio = this.#number('ModelRatio', model);
    if (ratio === undefined) return {};
    const completion = ratio === 0 ? 1 : this.#number('CompletionRatio', model);
    if (completion === undefined) {
      this.gateway.note('ModelRatio', 'the file has no CompletionRatio for the model: set its price', model);
      return {};
    }
    // A ratio of 1 is one unit of quota per token.
    const input = rounded((ratio * TOKENS) / this.quotaPerUsd);
    const cached = this.#number('CacheRatio', model);
    const written = this.#number('CreateCacheRatio', model);
    return {
      price: {
        input,
        ...(cached !== undefined && { cached_input: rounded(input * cached) }),
        ...(written !== undefined && { cache_write: rounded(input * written) }),
        output: rounded(input * completion),
      },
    };
  }

  #noteOthers(): void {
    for (const [name, value] of this.#options) {
      if (READ.has(name) || value === '' || value === null) continue;
      const isRatioOfGroups = name === 'GroupRatio' || name === 'GroupGroupRatio';
      if (isRatioOfGroups && Object.values(this.#mapping(name)).every((ratio) => ratio === 1)) continue;
      this.gateway.note(
        `option ${name}`,
        isRatioOfGroups
          ? 'prices belong to models here and cannot differ between keys'
          : 'options of the site are not carried: the gateway has settings of its own (docs/reference/settings.md)',
      );
    }
  }

  #number(option: string, model: string): number | undefined {
    const mapping = this.#mapping(option);
    const value = Object.hasOwn(mapping, model) ? mapping[model] : undefined;
    return typeof value === 'number' && value >= 0 ? value : undefined;
  }

  #mapping(option: string): JsonObject {
    const value = this.#options.get(option);
    try {
      const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value;
      return isJsonObject(parsed) ? parsed : {};
    } catch {
      return {};
    }
  }
}

/** Removes digits that result only from binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
