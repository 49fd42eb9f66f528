import { type Standings } from '../../protocol/rate-limits.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type LimitKind, type Refusal } from '../limiter.js';

/** Used because the end of a running call, which would make room, cannot be predicted. */
export const BUSY_RETRY_MS = 1000;

/**
 * The wait after a refusal in milliseconds, only for comparing refusals. A refusal by a budget is
 * not retried, so it counts as longer than all others; an impossible call counts as longer still.
 */
export function waitOf({ what, retryAfterMs }: Refusal): number {
  if (retryAfterMs === undefined) return Infinity;
  return what === 'budget' ? Number.MAX_SAFE_INTEGER : retryAfterMs;
}

const NO_STANDINGS: Standings = {};

export function refused(
  scope: LimitScope,
  what: LimitKind,
  limit: number,
  asked: number,
  excess: number,
  retryAfterMs: number | undefined,
): Refusal {
  return { isAdmitted: false, standings: NO_STANDINGS, scope, what, limit, asked, excess, retryAfterMs };
}
