import { type ConfigReport, type ModelConfig } from '../../model.config.js';
import { PriceConfig, RatesConfig } from '../../price.config.js';
import { classFields } from '../class-fields.js';
import { type LoadReport } from '../load-report.js';
import { isMapping, valueKind } from '../yaml/value-kind.js';
import { type YamlPath } from '../yaml/yaml-path.js';

/** `price: "free"` is short for a price of 0 for everything. */
const FREE = 'free';

/**
 * Expands the short form of a price in the entry of a model or deployment, and removes invalid
 * prices.
 */
export function expandPrice(
  entry: Record<string, unknown>,
  path: YamlPath,
  report: LoadReport,
): Record<string, unknown> {
  const { price, ...rest } = entry;
  if (price === undefined || price === null) return entry;
  if (isMapping(price)) {
    if (Object.values(price).some((each) => each !== null)) return entry;
    report.problem([...path, 'price'], `has no price at all, expected "${FREE}" or at least one`);
    return rest;
  }
  if (price === FREE) return { ...rest, price: zeros() };
  report.problem([...path, 'price'], `expected "${FREE}" or a mapping of prices, got ${valueKind(price)}`);
  return rest;
}

/**
 * The price of a sandbox service without a configured price. Published prices do not apply,
 * whatever the model's name.
 */
export function priceOfSandbox(): PriceConfig {
  return Object.assign(new PriceConfig(), zeros());
}

function zeros(): Record<string, number> {
  return Object.fromEntries([...classFields(RatesConfig).keys()].map((key) => [key, 0]));
}

/** Special input and output classes; without the ordinary class, ordinary tokens have no price. */
const SPECIAL = {
  input: ['cached_input', 'cache_write', 'cache_write_long', 'audio_input', 'image_input'],
  output: ['reasoning', 'audio_output', 'image_output'],
} as const;
/** Dollars per million tokens below which a price was probably meant per token. */
const LEAST_PER_MILLION = 0.0005;

/**
 * Reports prices that are probably mistakes. Fields may have a wrong type, which is already
 * reported.
 */
export function checkPrice({ price }: ModelConfig, report: ConfigReport): void {
  if (!isMapping(price)) return;
  checkRates(price, 'price', report);
  const { service_tiers: tiers } = price;
  if (!isMapping(tiers)) return;
  for (const [name, rates] of Object.entries(tiers))
    if (isMapping(rates)) checkRates(rates as RatesConfig, `price.service_tiers.${name}`, report);
}

function checkRates(rates: RatesConfig, path: string, report: ConfigReport): void {
  for (const [plain, special] of Object.entries(SPECIAL) as [
    'input' | 'output',
    readonly (keyof RatesConfig)[],
  ][]) {
    if (rates[plain] === undefined && special.some((key) => rates[key] !== undefined)) {
      report.warning(`${path}.${plain}`, `missing: calls with ordinary ${plain} have an unknown cost`);
    }
  }
  for (const key of classFields(RatesConfig).keys()) {
    const value: unknown = rates[key as keyof RatesConfig];
    if (key.startsWith('per_') || typeof value !== 'number' || value <= 0 || value >= LEAST_PER_MILLION) {
      continue;
    }
    report.warning(
      `${path}.${key}`,
      `${value} looks like a price per token, expected US dollars per million`,
    );
  }
}
