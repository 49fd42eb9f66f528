import { Injectable, Logger } from '@nestjs/common';
import { type AttemptRecord } from '../calls/attempt-record.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Model } from '../routing/model.js';
import { type ModelConfig, upstreamsOf } from '../config/model.config.js';
import { sumOfUsage } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { type PriceList, configuredPrices } from './price-list.js';
import { type KnownPrice, PriceTable, constantPrice } from './price-table.js';

/** The cost of calls: by configured prices, otherwise by those of the table; otherwise unknown. */
@Injectable()
export class Prices {
  readonly #table = new PriceTable();
  /**
   * Keyed by the configuration object, which a reload keeps if nothing has changed; null: not
   * known.
   */
  readonly #known = new WeakMap<ModelConfig, KnownPrice | null>();
  /** Models and tiers that the log has already named. */
  readonly #missed = new Set<string>();

  /**
   * Records the cost of a finished call and the prices that were used. The cost is 0 if nothing was
   * sent, or if the call failed before any output and without reported usage. It is null if the
   * usage, or a price of what was used, is not known. The usage of failed attempts is added to the
   * usage of the call. Their cost, at the prices of the services that they reached, is added to the
   * cost of the call.
   * @param model the requested model, as it was when the call began
   */
  settle(record: CallRecord, model: Model): void {
    const { usage, error, firstTokenMs, attemptLog } = record;
    const last = attemptLog.at(-1);
    if (last === undefined || record.route?.operation.isFree === true) {
      record.costNanoUsd = 0;
      return;
    }
    const hasNoOutput = usage === undefined && error !== undefined && firstTokenMs === undefined;
    if (hasNoOutput) record.costNanoUsd = 0;
    else {
      const prices = this.#pricesOf(last, record, model);
      record.price = prices?.text;
      record.costNanoUsd = this.#costOf(usage, prices, record) ?? null;
    }
    if (last.spent !== undefined || attemptLog.length > 1) this.#addFailed(record, model);
  }

  #addFailed(record: CallRecord, model: Model): void {
    // If nothing has counted the reply, the usage remains unknown.
    const isUncounted = record.isUncounted;
    for (const attempt of record.attemptLog) {
      const { spent } = attempt;
      if (spent === undefined) continue;
      const prices = this.#pricesOf(attempt, record, model);
      record.price ??= prices?.text;
      const cost = this.#costOf(spent, prices, record) ?? null;
      record.costNanoUsd =
        cost === null || record.costNanoUsd === null ? null : (record.costNanoUsd ?? 0) + cost;
      if (!isUncounted) record.usage = sumOfUsage(record.usage, spent);
    }
  }

  /** @returns null or undefined if it is not known */
  #costOf(
    usage: Usage | undefined,
    prices: PriceList | undefined,
    record: CallRecord,
  ): number | null | undefined {
    const tier = usage?.serviceTier;
    if (tier === undefined || prices === undefined) return prices?.costOf(usage);
    const served = prices.inTier(tier);
    record.price = served?.text ?? `no price for service tier ${tier}; ${prices.text}`;
    if (served === undefined) this.#missTier(tier, record.model);
    return served?.costOf(usage);
  }

  #missTier(tier: string, model = ''): void {
    const id = `${model} ${tier}`;
    if (this.#missed.has(id) || this.#missed.size >= MOST_MISSED) return;
    this.#missed.add(id);
    LOG.warn({ message: 'service tier without a price: the cost of such calls is not known', model, tier });
  }

  #pricesOf(
    { model: name, deployment }: AttemptRecord,
    record: CallRecord,
    model: Model,
  ): PriceList | undefined {
    const [first] = model.deployments;
    const isFirst = name === model.name && deployment === first.name;
    const config = isFirst ? first.config : servedBy(model, name, deployment);
    if (config === undefined) return undefined;
    let known = this.#known.get(config);
    if (known === undefined) known = this.#find(config);
    return known === null ? undefined : (known.always ?? known.at(Date.now() - record.elapsedMs));
  }

  /**
   * The prices of a model or deployment.
   * @param ms Unix time
   * @returns undefined if they are not known
   */
  of(config: ModelConfig, ms = Date.now()): PriceList | undefined {
    const known = this.#known.get(config);
    return (known === undefined ? this.#find(config) : known)?.at(ms);
  }

  #find(config: ModelConfig): KnownPrice | null {
    const { price } = config;
    const found = price === undefined ? this.#table.find(config) : constantPrice(configuredPrices(price));
    const known = found ?? null;
    this.#known.set(config, known);
    return known;
  }

  /**
   * The highest possible cost of a call, in billionths of a US dollar: at the most expensive
   * deployment that may serve it (those of its fallbacks included) and in the most expensive class
   * that its tokens may belong to.
   * @returns undefined if one of these prices is not known: then no budget can be enforced
   */
  estimateNanoUsd(model: Model, inputTokens: number, outputTokens: number, images = 1): number | undefined {
    let most = 0;
    for (const config of servers(model)) {
      const cost = this.of(config)?.mostOf(inputTokens, outputTokens, images) ?? null;
      if (cost === null) return undefined;
      most = Math.max(most, cost);
    }
    return most;
  }
}

const LOG = new Logger('Prices');
/** Bounds the set, because services may report any name. */
const MOST_MISSED = 1000;

/** Which prices of a configuration's models are known. */
export interface KnownPrices {
  /** Number of models and deployments priced by the table; 0: the table is not in use. */
  readonly fromTable: number;
  /** Names of models for which a price, or a deployment's price, is unknown. */
  readonly unknown: readonly string[];
}

/** Looks up the prices of all enabled models. */
export function knownPrices(prices: Prices, models: readonly ModelConfig[]): KnownPrices {
  let fromTable = 0;
  const unknown = models.filter((model) => {
    if (!model.enabled) return false;
    const services = upstreamsOf(model);
    const priced = services.filter((service) => prices.of(service) !== undefined);
    fromTable += priced.filter(({ price }) => price === undefined).length;
    return priced.length < services.length;
  });
  return { fromTable, unknown: unknown.map(({ name }) => name) };
}

/** All services that may respond to calls for a model. */
function servers(model: Model, seen = new Set<Model>()): readonly ModelConfig[] {
  if (seen.has(model)) return [];
  seen.add(model);
  const own = model.deployments.map(({ config }) => config);
  return [...own, ...model.fallbacks.flatMap((fallback) => servers(fallback.model, seen))];
}

function servedBy(model: Model, name: string, deployment: string): ModelConfig | undefined {
  if (model.name === name) return model.deployments.find((each) => each.name === deployment)?.config;
  for (const fallback of model.fallbacks) {
    const found = servedBy(fallback.model, name, deployment);
    if (found !== undefined) return found;
  }
  return undefined;
}
