import { type LimitScope } from '../../auth/limit-scope.js';
import { type Period } from '../period.js';

const PREFIX = 'llm-gateway:limits:';
/** For data about all replicas. */
export const REPLICAS_KEY = `${PREFIX}{replicas}:alive`;
export const MARK_KEY = `${PREFIX}{replicas}:mark`;

/** The names of one scope's counters in Redis. */
export interface ScopeKeys {
  /** The key that contains the numbers of settlements. */
  readonly settled: string;
  readonly minute: string;
  readonly calls: string;
  /** A prefix; the period is appended. */
  readonly budget: string;
  readonly reserves: string;
}

const known = new WeakMap<LimitScope, ScopeKeys>();

/**
 * All counters of a call have the same hash tag, so that a cluster stores them together: that of
 * the team, or of a key without a team.
 */
export function keysOf(scope: LimitScope): ScopeKeys {
  let keys = known.get(scope);
  if (keys === undefined) {
    const { kind, name, team } = scope;
    const holder = team === undefined ? `${kind}:${escaped(name)}` : `team:${escaped(team)}`;
    const tag = `${PREFIX}{${holder}}:`;
    const own = `${tag}${kind}:${escaped(name)}:`;
    keys = {
      settled: `${tag}settled`,
      minute: `${own}minute`,
      calls: `${own}calls`,
      budget: `${own}spent:`,
      reserves: `${own}reserved:`,
    };
    known.set(scope, keys);
  }
  return keys;
}

/** The keys for the minute, calls, budget and reservations, as the scripts expect them. */
export function countersOf(scope: LimitScope, period: Period | undefined): [string, string, string, string] {
  const { minute, calls, budget, reserves } = keysOf(scope);
  const id = period?.id ?? 'none';
  return [minute, calls, budget + id, reserves + id];
}

/**
 * Removes braces, colons and everything that is not ASCII; the name remains readable where
 * possible.
 */
function escaped(name: string): string {
  // Converted through UTF-8, because a name may contain half a surrogate pair.
  return encodeURIComponent(Buffer.from(name).toString());
}
