import { type GatewayConfig } from './gateway.config.js';
import { type ModelConfig, upstreamsOf } from './model.config.js';

/** Every service that calls may reach, and for which connections, logins and mappings are kept. */
export function servicesOf({ models }: GatewayConfig): readonly ModelConfig[] {
  return models.filter((model) => model.enabled).flatMap(upstreamsOf);
}
