import { type GatewayConfig } from './gateway.config.js';
import { type ModelConfig, upstreamsOf } from './model.config.js';

/** Every service that calls may go to: what connections, logins and mappings are kept for. */
export function servicesOf({ models }: GatewayConfig): readonly ModelConfig[] {
  return models.filter((model) => model.enabled).flatMap(upstreamsOf);
}
