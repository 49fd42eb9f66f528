import { type LimitScope } from '../../auth/limit-scope.js';

/** The changes that the end of a call makes. */
export interface Settlement {
  /** -1 for a call that was not made. */
  readonly requests: number;
  readonly tokens: number;
  readonly nanoUsd: number;
}

/**
 * Whether the end of a call changes the counters of a scope. If only requests are limited, it does
 * so only for a call that was not made.
 */
export function isChangedBy({ limits }: LimitScope, { requests, tokens }: Settlement): boolean {
  if (limits.max_concurrent !== undefined || limits.budget !== undefined || requests !== 0) return true;
  return limits.tokens_per_minute !== undefined && tokens !== 0;
}

/** The arguments of the script `SETTLE` for one scope. */
export function scopeValues({ limits }: LimitScope, second: number, hasBudget: boolean): (string | number)[] {
  return [second, limits.max_concurrent === undefined ? 0 : 1, hasBudget ? 1 : 0];
}
