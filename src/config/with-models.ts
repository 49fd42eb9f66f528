import { type GatewayConfig } from './gateway.config.js';
import { type ModelConfig } from './model.config.js';
import { fileTextsOf, rememberFileTexts } from './secrets.js';

/** The same configuration with other models in it; what it keeps secret stays secret. */
export function withModels(config: GatewayConfig, models: readonly ModelConfig[]): GatewayConfig {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(config) as object) as GatewayConfig, config);
  copy.models = Object.freeze([...models]);
  rememberFileTexts(copy, fileTextsOf(config));
  return Object.freeze(copy);
}
