import { type Standing, type Standings } from '../../protocol/rate-limits.js';
import { type Clock } from '../clock.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import {
  type Estimate,
  type LimitedClient,
  Limiter,
  type LimiterState,
  type Refusal,
  type ScopeState,
} from '../limiter.js';
import { type SpendSeeds } from './spend-seeds.js';
import { type Hold, MemoryReservation } from './memory-reservation.js';
import { MinuteWindow, WINDOW_MS } from './minute-window.js';
import { type BudgetCounter, ScopeCounters, type UsedElsewhere, nanoLimit } from './scope-counters.js';
import { BUSY_RETRY_MS, waitOf, refused } from './refusals.js';

/** Counts in this process. */
export class MemoryLimiter extends Limiter {
  readonly state: LimiterState = 'memory';
  /** Number of replicas among which limits are divided while each counts for itself. */
  replicas = 1;
  readonly #keys = new Map<string, ScopeCounters>();
  readonly #teams = new Map<string, ScopeCounters>();

  /** @param scopes, timeZone those of the current configuration */
  constructor(
    private readonly clock: Clock,
    readonly scopes: () => readonly LimitScope[],
    private readonly timeZone: () => string,
  ) {
    super();
  }

  admit({ scopes }: LimitedClient, estimate: Estimate): MemoryReservation | Refusal {
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

  /** Counts a call without checking the limits. @param wallMs decides the budget's period */
  take(scopes: readonly LimitScope[], tokens: number, nanoUsd: number, wallMs: number): MemoryReservation {
    return this.#take(scopes, tokens, nanoUsd, this.clock.monotonicMs(), wallMs);
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
    return this.scopes().map((scope) => this.stateOf(scope));
  }

  stateOf(scope: LimitScope): ScopeState {
    return this.countersOf(scope).stateOf(scope, this.clock.monotonicMs(), this.budgetOf(scope));
  }

  /**
   * Starts the budgets of the current periods with what their scopes have spent before.
   * @returns whether all of it could be read
   */
  async seed(seeds: SpendSeeds): Promise<boolean> {
    const reading = this.scopes().map(async (scope) => {
      const budget = this.budgetOf(scope);
      if (budget === undefined) return true;
      const spent = await seeds.of(scope, budget.period);
      // The history may include spending that this process has counted itself.
      budget.spentElsewhere = Math.max(budget.spentElsewhere, (spent ?? 0) - budget.spent);
      return spent !== undefined;
    });
    return !(await Promise.all(reading)).includes(false);
  }

  countersOf({ kind, name }: Pick<LimitScope, 'kind' | 'name'>): ScopeCounters {
    const all = kind === 'key' ? this.#keys : this.#teams;
    let counters = all.get(name);
    if (counters === undefined) all.set(name, (counters = new ScopeCounters()));
    return counters;
  }

  counters(): Iterable<ScopeCounters> {
    return [...this.#keys.values(), ...this.#teams.values()];
  }

  /** The counter of the current period. */
  budgetOf(scope: LimitScope): BudgetCounter | undefined {
    return this.countersOf(scope).budgetAt(scope, this.clock.wallMs(), this.timeZone());
  }

  /** An assumed size above a limit is reduced to the whole limit. */
  #fittingTokens(scopes: readonly LimitScope[], { tokens, leastTokens }: Estimate): number {
    for (const { limits } of scopes) {
      if (limits.tokens_per_minute === undefined) continue;
      const limit = this.#share(limits.tokens_per_minute, 0);
      if (tokens > limit) tokens = Math.max(leastTokens, limit);
    }
    return tokens;
  }

  /**
   * If no other call is running, an assumed cost above the rest of a budget is reduced to that
   * rest.
   */
  #fittingMoney(scopes: readonly LimitScope[], { nanoUsd, leastNanoUsd }: Estimate, wallMs: number): number {
    for (const scope of scopes) {
      const budget = this.countersOf(scope).budgetAt(scope, wallMs, this.timeZone());
      if (budget === undefined || budget.reserved > 0) continue;
      const left = this.#allowance(scope, budget) - budget.spent;
      if (nanoUsd > left) nanoUsd = Math.max(leastNanoUsd, left);
    }
    return nanoUsd;
  }

  /** @returns why the scope refuses; if there are several reasons, the one that lasts longest */
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
    const elsewhere = usedElsewhere(counters, nowMs);
    let found: Refusal | undefined;
    if (tokens_per_minute !== undefined) {
      // While limits are divided, a call that fits the whole limit by itself must not become
      // impossible.
      const alone = Math.min(tokens, tokens_per_minute - elsewhere.tokens);
      const limit = Math.max(this.#share(tokens_per_minute, elsewhere.tokens), alone);
      const excess = window!.tokens + tokens - limit;
      if (excess > 0) {
        const waitMs = tokens > tokens_per_minute ? undefined : waitFor(window!, elsewhere, nowMs, 0, excess);
        found = refused(scope, 'tokens', tokens_per_minute, tokens, excess, waitMs);
      }
    }
    if (requests_per_minute !== undefined) {
      const excess = window!.requests + 1 - this.#share(requests_per_minute, elsewhere.requests);
      if (excess > 0) {
        const waitMs = waitFor(window!, elsewhere, nowMs, excess, 0);
        if (found === undefined || waitMs > waitOf(found))
          found = refused(scope, 'requests', requests_per_minute, 1, excess, waitMs);
      }
    }
    if (
      found === undefined &&
      max_concurrent !== undefined &&
      counters.running >= this.#share(max_concurrent, elsewhere.running)
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
      const counters = this.countersOf(scope);
      const { window } = counters;
      if (window === undefined) continue;
      const elsewhere = usedElsewhere(counters, nowMs);
      const resetMs = window.resetMs(nowMs);
      const standing = (limit: number, used: number, others: number): Standing => {
        const remaining = Math.max(0, this.#share(limit, others) - used);
        return { limit, remaining, resetMs };
      };
      if (requests_per_minute !== undefined)
        requests = tighter(requests, standing(requests_per_minute, window.requests, elsewhere.requests));
      if (tokens_per_minute !== undefined)
        tokens = tighter(tokens, standing(tokens_per_minute, window.tokens, elsewhere.tokens));
    }
    return { requests, tokens };
  }

  /** How much of a limit this process may use: its share, without the known use of others. */
  #share(limit: number, elsewhere: number): number {
    if (this.replicas === 1) return limit - elsewhere;
    return Math.min(Math.max(1, Math.floor(limit / this.replicas)), limit - elsewhere);
  }

  /** How much this process may spend in a period. */
  #allowance(scope: LimitScope, budget: BudgetCounter): number {
    const { spentElsewhere, reservedElsewhere, spentTogether } = budget;
    const left = nanoLimit(scope)! - spentElsewhere - reservedElsewhere - spentTogether;
    return spentTogether + Math.floor(left / this.replicas);
  }
}

const NOBODY: UsedElsewhere = { requests: 0, tokens: 0, running: 0, atMs: -Infinity };

function usedElsewhere({ elsewhere }: ScopeCounters, nowMs: number): UsedElsewhere {
  return elsewhere === undefined || elsewhere.atMs + WINDOW_MS <= nowMs ? NOBODY : elsewhere;
}

function waitFor(
  window: MinuteWindow,
  { atMs }: UsedElsewhere,
  nowMs: number,
  requests: number,
  tokens: number,
): number {
  const ownMs = window.waitMs(nowMs, requests, tokens);
  // The use of others counts for a minute.
  return ownMs === Infinity ? Math.max(1, Math.ceil(atMs + WINDOW_MS - nowMs)) : ownMs;
}

export function tighter(one: Standing | undefined, other: Standing): Standing {
  return one === undefined || other.remaining < one.remaining ? other : one;
}
