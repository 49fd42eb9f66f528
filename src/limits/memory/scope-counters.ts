import { type LimitScope } from '../../auth/limit-scope.js';
import { type LimitKind, type LimitUse, type ScopeState } from '../limiter.js';
import { type Period, periodOf } from '../period.js';
import { MinuteWindow } from './minute-window.js';

const NANO_PER_USD = 1e9;

/** The spending of one period of a budget, in nano-USD. */
export class BudgetCounter {
  /** Spent by other replicas; 0 if only this process counts. */
  spentElsewhere = 0;
  /** Reserved by running calls of other replicas, as last known. */
  reservedElsewhere = 0;
  spent = 0;
  /**
   * Part of `spent`: amounts from times when the rest of the budget was not divided among replicas.
   */
  spentTogether = 0;
  /** Reserved by running calls. */
  reserved = 0;

  /** @param period its bounds are those of the time zone in which it was last asked for */
  constructor(public period: Period) {}
}

/** The use of other replicas, as last known. */
export interface UsedElsewhere {
  readonly requests: number;
  readonly tokens: number;
  readonly running: number;
  /** Monotonic time; the use counts for a minute. */
  readonly atMs: number;
}

/**
 * The counters of one key or team. They remain when limits change, because each call brings its own
 * limits.
 */
export class ScopeCounters {
  /** Undefined until a limit per minute exists. */
  window: MinuteWindow | undefined;
  running = 0;
  /** Undefined if only this process counts. */
  elsewhere: UsedElsewhere | undefined;
  readonly refusals: Record<LimitKind, number> = { requests: 0, tokens: 0, concurrency: 0, budget: 0 };
  readonly #budgets = new Map<string, BudgetCounter>();
  #budget: BudgetCounter | undefined;

  /** The counter of the period that contains an instant; undefined without a budget. */
  budgetAt({ limits: { budget } }: LimitScope, wallMs: number, timeZone: string): BudgetCounter | undefined {
    if (budget === undefined) return undefined;
    const period = periodOf(budget.per, wallMs, timeZone);
    return this.#budget?.period === period ? this.#budget : this.#open(period, wallMs);
  }

  /** The counters of periods that may still matter. */
  budgets(): Iterable<BudgetCounter> {
    return this.#budgets.values();
  }

  stateOf(scope: LimitScope, nowMs: number, budget: BudgetCounter | undefined): ScopeState {
    const { requests_per_minute, tokens_per_minute, max_concurrent } = scope.limits;
    const { window, running } = this;
    window?.advance(nowMs);
    const limits: LimitUse[] = [];
    const add = (what: LimitKind, limit: number | undefined, used: number, reserved = 0): void => {
      if (limit === undefined) return;
      const period = what === 'budget' ? budget?.period : undefined;
      limits.push({ what, limit, used, reserved, remaining: Math.max(0, limit - used - reserved), period });
    };
    add('requests', requests_per_minute, window?.requests ?? 0);
    add('tokens', tokens_per_minute, window?.tokens ?? 0);
    add('concurrency', max_concurrent, running);
    if (budget !== undefined)
      add('budget', nanoLimit(scope), budget.spent + budget.spentElsewhere, budget.reserved);
    return { scope, limits, refusals: { ...this.refusals } };
  }

  #open(period: Period, wallMs: number): BudgetCounter {
    let counter = this.#budgets.get(period.id);
    if (counter === undefined) {
      for (const [id, { period: old, reserved }] of this.#budgets)
        if (old.endMs <= wallMs && reserved === 0) this.#budgets.delete(id);
      this.#budgets.set(period.id, (counter = new BudgetCounter(period)));
    }
    counter.period = period;
    return (this.#budget = counter);
  }
}

/** A scope's budget in nano-USD. */
export function nanoLimit({ limits: { budget } }: LimitScope): number | undefined {
  return budget === undefined ? undefined : Math.round(budget.usd * NANO_PER_USD);
}
