import { type LimitScope } from '../../auth/limit-scope.js';
import { type Period } from '../period.js';

const PREFIX = 'llm-gateway:limits:';
/** For what concerns all replicas. */
export const REPLICAS_KEY = `${PREFIX}{replicas}:alive`;
export const MARK_KEY = `${PREFIX}{replicas}:mark`;

/** The names of one scope's counters in Redis. */
export interface ScopeKeys {
  /** The key with the numbers of settlements. */
  readonly settled: string;
  readonly minute: string;
  readonly calls: string;
  /** The rest is the period. */
  readonly budget: string;
  readonly reserves: string;
}

const known = new WeakMap<LimitScope, ScopeKeys>();

/**
 * All counters of a call have the same hash tag, so that a cluster keeps them at one place: that of the team, or of the
 * key without a team.
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

/** Minute, calls, budget and reserves, as the scripts expect them. */
export function countersOf(scope: LimitScope, period: Period | undefined): [string, string, string, string] {
  const { minute, calls, budget, reserves } = keysOf(scope);
  const id = period?.id ?? 'none';
  return [minute, calls, budget + id, reserves + id];
}

/** Without braces, colons and what is not ASCII; readable where the name is. */
function escaped(name: string): string {
  // Through UTF-8, because of halves of characters.
  return encodeURIComponent(Buffer.from(name).toString());
}
