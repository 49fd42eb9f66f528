import { type GatewayConfig } from '../config/gateway.config.js';
import { type LimitScope } from './limit-scope.js';

/** Whether it must be known what the calls of a client use: for a store, a budget, or a limit of tokens. */
export function needsUsage(
  { scopes }: { readonly scopes: readonly LimitScope[] },
  { usage }: Pick<GatewayConfig, 'usage'>,
): boolean {
  if (usage.store !== undefined) return true;
  for (const { limits } of scopes)
    if (limits.budget !== undefined || limits.tokens_per_minute !== undefined) return true;
  return false;
}
