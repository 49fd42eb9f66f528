import { Injectable, Logger } from '@nestjs/common';
import { type AttemptRecord } from '../calls/attempt-record.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Model } from '../routing/model.js';
import { type ModelConfig, upstreamsOf } from '../config/model.config.js';
import { sumOfUsage } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { type PriceList, configuredPrices } from './price-list.js';
import { type KnownPrice, PriceTable, constantPrice } from './price-table.js';

/** What calls cost: by the prices of the configuration, else by those of the table, else not known. */
@Injectable()
export class Prices {
  readonly #table = new PriceTable();
  /** A configuration that a reload does not change keeps its object. */
  readonly #known = new WeakMap<ModelConfig, KnownPrice | undefined>();
  /** Models and tiers that the log has named. */
  readonly #missed = new Set<string>();

  /**
   * Sets in the record of a call that is over what it cost and which prices were used. It costs nothing if nothing was
   * sent, or if it failed before any output and without a report of what it used. Its cost is null if its usage, or a
   * price of what it used, is not known. What failed attempts have used is added to both, at the prices of their services.
   * @param model the one that was asked for, as it was when the call began
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
    // Of a reply that nobody has counted, the use stays unknown.
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

  /** @returns null or undefined where it is not known */
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
    const known = config && this.#find(config);
    return known && (known.always ?? known.at(Date.now() - record.elapsedMs));
  }

  /** The prices of a model or deployment. @param ms Unix time; undefined when they are not known */
  of(config: ModelConfig, ms = Date.now()): PriceList | undefined {
    return this.#find(config)?.at(ms);
  }

  #find(config: ModelConfig): KnownPrice | undefined {
    let known = this.#known.get(config);
    if (known === undefined && !this.#known.has(config)) {
      const { price } = config;
      known = price === undefined ? this.#table.find(config) : constantPrice(configuredPrices(price));
      this.#known.set(config, known);
    }
    return known;
  }

  /**
   * The most that a call can cost: at the dearest of the deployments that may serve it, those of its fallbacks
   * included, and in the dearest class that its tokens may be of; in billionths of a US dollar.
   * @returns undefined when a price of one of them is not known: then no budget can be held
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
/** A service may say anything. */
const MOST_MISSED = 1000;

/** What is known of the prices of a configuration's models. */
export interface KnownPrices {
  /** Models and deployments with a price from the table; 0: the table is not in use. */
  readonly fromTable: number;
  /** Names of models that have a price, or a deployment's, that is not known. */
  readonly unknown: readonly string[];
}

/** Looks up all prices of the enabled models. */
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
