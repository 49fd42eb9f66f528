import { isDeepStrictEqual } from 'node:util';
import { startKeysOf } from '../rules/config-rules.js';
import { type GatewayConfig } from '../gateway.config.js';
import { copyOf, withBlocks } from '../loading/with-blocks.js';

/** Keeps the object of each unchanged model, and with it all state that belongs to the model. */
export function keepSameModels(next: GatewayConfig, before: GatewayConfig): GatewayConfig {
  const known = new Map(before.models.map((model) => [model.name, model]));
  const models = next.models.map((model) => {
    const old = known.get(model.name);
    return old !== undefined && isDeepStrictEqual(old, model) ? old : model;
  });
  return withBlocks(next, { models });
}

/**
 * The configuration in force after a reload of `next`. Keys that are read only at startup keep the
 * values of the running configuration.
 */
export function keepStartKeys(next: GatewayConfig, running: GatewayConfig): GatewayConfig {
  const kept: Record<string, object> = {};
  for (const name of startKeysOf(next)) kept[name] = blockOf(running, name);
  for (const name of Object.keys(next)) {
    const block = blockOf(next, name);
    const keys = startKeysOf(block);
    if (keys.length > 0) kept[name] = withFieldsOf(block, blockOf(running, name), keys);
  }
  return withBlocks(next, kept);
}

function blockOf(config: GatewayConfig, name: string): object {
  return config[name as keyof GatewayConfig];
}

function withFieldsOf(block: object, other: object, fields: readonly string[]): object {
  const copy = copyOf(block);
  for (const field of fields) {
    (copy as Record<string, unknown>)[field] = (other as Record<string, unknown>)[field];
  }
  return Object.freeze(copy);
}
