import { type Standings } from '../../protocol/rate-limits.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type LimitKind, type Refusal } from '../limiter.js';

/** When a call may end and make room is not known. */
export const BUSY_RETRY_MS = 1000;

/** For comparison. A budget is not retried and outlasts all others; what is impossible outlasts it. */
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
