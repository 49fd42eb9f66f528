import { type Standing, type Standings } from '../../protocol/rate-limits.js';
import { type Clock } from '../clock.js';
import { type LimitScope } from '../limit-scope.js';
import {
  type Admission,
  type Estimate,
  type LimitedClient,
  type LimitKind,
  Limiter,
  type LimiterState,
  type Refusal,
  type ScopeState,
} from '../limiter.js';
import { type Hold, MemoryReservation } from './memory-reservation.js';
import { MinuteWindow } from './minute-window.js';
import { type BudgetCounter, ScopeCounters, nanoLimit } from './scope-counters.js';

/** When a call may end and make room is not known. */
export const BUSY_RETRY_MS = 1000;

/** Counts in this process. */
export class MemoryLimiter extends Limiter {
  readonly state: LimiterState = 'memory';
  /** Among how many replicas limits are divided, while each counts for itself. */
  replicas = 1;
  readonly #keys = new Map<string, ScopeCounters>();
  readonly #teams = new Map<string, ScopeCounters>();

  /** @param scopes, timeZone of the current configuration */
  constructor(
    private readonly clock: Clock,
    private readonly scopes: () => readonly LimitScope[],
    private readonly timeZone: () => string,
  ) {
    super();
  }

  admit({ scopes }: LimitedClient, estimate: Estimate): Admission {
    const nowMs = this.clock.monotonicMs();
    const wallMs = this.clock.wallMs();
    const tokens = this.#fittingTokens(scopes, estimate);
    const nanoUsd = this.#fittingMoney(scopes, estimate, wallMs);
    let refusal: Refusal | undefined;
    for (const scope of scopes) {
      const found = this.#check(scope, tokens, nanoUsd, nowMs, wallMs);
      if (found !== undefined && (refusal === undefined || waitOf(found) > waitOf(refusal))) refusal = found;
    }
    if (refusal !== undefined) {
      this.countersOf(refusal.scope).refusals[refusal.what]++;
      return { ...refusal, standings: this.#standings(scopes, nowMs) };
    }
    const reservation = this.#take(scopes, tokens, nanoUsd, nowMs, wallMs);
    reservation.standings = this.#standings(scopes, nowMs);
    return reservation;
  }

  /** Counts a call without asking whether it is within the limits. */
  take(scopes: readonly LimitScope[], tokens: number, nanoUsd: number): MemoryReservation {
    return this.#take(scopes, tokens, nanoUsd, this.clock.monotonicMs(), this.clock.wallMs());
  }

  #take(
    scopes: readonly LimitScope[],
    tokens: number,
    nanoUsd: number,
    nowMs: number,
    wallMs: number,
  ): MemoryReservation {
    const holds: Hold[] = [];
    for (const scope of scopes) {
      const counters = this.countersOf(scope);
      counters.running++;
      const window = this.#windowOf(scope, counters, nowMs);
      const budget = counters.budgetAt(scope, wallMs, this.timeZone());
      if (budget !== undefined) budget.reserved += nanoUsd;
      holds.push({ counters, second: window?.take(nowMs, tokens), budget });
    }
    return new MemoryReservation(holds, tokens, nanoUsd);
  }

  states(): ScopeState[] {
    const nowMs = this.clock.monotonicMs();
    return this.scopes().map((scope) => this.countersOf(scope).stateOf(scope, nowMs, this.budgetOf(scope)));
  }

  countersOf({ kind, name }: Pick<LimitScope, 'kind' | 'name'>): ScopeCounters {
    const all = kind === 'key' ? this.#keys : this.#teams;
    let counters = all.get(name);
    if (counters === undefined) all.set(name, (counters = new ScopeCounters()));
    return counters;
  }

  /** The counter of the current period. */
  budgetOf(scope: LimitScope): BudgetCounter | undefined {
    return this.countersOf(scope).budgetAt(scope, this.clock.wallMs(), this.timeZone());
  }

  /** A guess that is larger than a limit asks for all of it. */
  #fittingTokens(scopes: readonly LimitScope[], { tokens, leastTokens }: Estimate): number {
    for (const { limits } of scopes) {
      if (limits.tokens_per_minute === undefined) continue;
      const limit = this.#share(limits.tokens_per_minute);
      if (tokens > limit) tokens = Math.max(leastTokens, limit);
    }
    return tokens;
  }

  /** Where no other call is running, a guess that is larger than what is left asks for all that is left. */
  #fittingMoney(scopes: readonly LimitScope[], { nanoUsd, leastNanoUsd }: Estimate, wallMs: number): number {
    for (const scope of scopes) {
      const budget = this.countersOf(scope).budgetAt(scope, wallMs, this.timeZone());
      if (budget === undefined || budget.reserved > 0) continue;
      const left = this.#allowance(scope, budget) - budget.spent;
      if (nanoUsd > left) nanoUsd = Math.max(leastNanoUsd, left);
    }
    return nanoUsd;
  }

  /** @returns why the scope refuses: of several reasons, the one that lasts longest */
  #check(
    scope: LimitScope,
    tokens: number,
    nanoUsd: number,
    nowMs: number,
    wallMs: number,
  ): Refusal | undefined {
    const { requests_per_minute, tokens_per_minute, max_concurrent } = scope.limits;
    const counters = this.countersOf(scope);
    const budget = counters.budgetAt(scope, wallMs, this.timeZone());
    if (budget !== undefined) {
      const allowance = this.#allowance(scope, budget);
      const excess = budget.spent + budget.reserved + nanoUsd - allowance;
      const isUsedUp = budget.spent >= allowance;
      if (isUsedUp || excess > 0) {
        const { period } = budget;
        return {
          ...refused(
            scope,
            'budget',
            nanoLimit(scope)!,
            nanoUsd,
            isUsedUp ? Infinity : excess,
            period.endMs - wallMs,
          ),
          period,
          isReserved: !isUsedUp && budget.spent + nanoUsd <= allowance,
        };
      }
    }
    const window = this.#windowOf(scope, counters, nowMs);
    let found: Refusal | undefined;
    if (tokens_per_minute !== undefined) {
      // While limits are divided, a call that fits the whole limit alone must not become impossible.
      const limit = Math.max(this.#share(tokens_per_minute), Math.min(tokens, tokens_per_minute));
      const excess = window!.tokens + tokens - limit;
      if (excess > 0) {
        const waitMs = tokens > limit ? undefined : window!.waitMs(nowMs, 0, excess);
        found = refused(scope, 'tokens', tokens_per_minute, tokens, excess, waitMs);
      }
    }
    if (requests_per_minute !== undefined) {
      const excess = window!.requests + 1 - this.#share(requests_per_minute);
      if (excess > 0) {
        const waitMs = window!.waitMs(nowMs, excess, 0);
        if (found === undefined || waitMs > waitOf(found))
          found = refused(scope, 'requests', requests_per_minute, 1, excess, waitMs);
      }
    }
    if (
      found === undefined &&
      max_concurrent !== undefined &&
      counters.running >= this.#share(max_concurrent)
    )
      found = refused(scope, 'concurrency', max_concurrent, 1, 1, BUSY_RETRY_MS);
    return found;
  }

  #windowOf({ limits }: LimitScope, counters: ScopeCounters, nowMs: number): MinuteWindow | undefined {
    if (limits.requests_per_minute === undefined && limits.tokens_per_minute === undefined) return undefined;
    const window = (counters.window ??= new MinuteWindow());
    window.advance(nowMs);
    return window;
  }

  #standings(scopes: readonly LimitScope[], nowMs: number): Standings {
    let requests: Standing | undefined;
    let tokens: Standing | undefined;
    for (const scope of scopes) {
      const { requests_per_minute, tokens_per_minute } = scope.limits;
      const { window } = this.countersOf(scope);
      if (window === undefined) continue;
      if (requests_per_minute !== undefined)
        requests = tighter(requests, this.#standing(requests_per_minute, window.requests, window, nowMs));
      if (tokens_per_minute !== undefined)
        tokens = tighter(tokens, this.#standing(tokens_per_minute, window.tokens, window, nowMs));
    }
    return { requests, tokens };
  }

  #standing(limit: number, used: number, window: MinuteWindow, nowMs: number): Standing {
    const remaining = Math.max(0, this.#share(limit) - used);
    return { limit, remaining, resetMs: window.resetMs(nowMs) };
  }

  #share(limit: number): number {
    return this.replicas === 1 ? limit : Math.max(1, Math.floor(limit / this.replicas));
  }

  /** How much this process may spend in a period. */
  #allowance(scope: LimitScope, { spentElsewhere }: BudgetCounter): number {
    return Math.floor((nanoLimit(scope)! - spentElsewhere) / this.replicas);
  }
}

export function tighter(one: Standing | undefined, other: Standing): Standing {
  return one === undefined || other.remaining < one.remaining ? other : one;
}

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
