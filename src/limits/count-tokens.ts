import { type LimitScope } from './limit-scope.js';

/** Whether one of the limits counts tokens, or what they cost. */
export function countTokens(scopes: readonly LimitScope[]): boolean {
  return scopes.some(({ limits }) => limits.budget !== undefined || limits.tokens_per_minute !== undefined);
}
