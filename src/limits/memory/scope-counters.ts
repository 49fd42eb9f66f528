import { type LimitScope } from '../../auth/limit-scope.js';
import { type LimitKind, type LimitUse, type ScopeState } from '../limiter.js';
import { type Period, periodOf } from '../period.js';
import { MinuteWindow } from './minute-window.js';

const NANO_PER_USD = 1e9;

/** What was spent in one period of a budget, in nano-USD. */
export class BudgetCounter {
  /** By other replicas; 0 where this process alone counts. */
  spentElsewhere = 0;
  /** Of calls that run at other replicas, as last known. */
  reservedElsewhere = 0;
  spent = 0;
  /** Of `spent`: while what is left was not divided among replicas. */
  spentTogether = 0;
  /** Of calls that are running. */
  reserved = 0;

  /** @param period its bounds are those of the time zone in which it was last asked for */
  constructor(public period: Period) {}
}

/** What other replicas had used when they were last heard of. */
export interface UsedElsewhere {
  readonly requests: number;
  readonly tokens: number;
  readonly running: number;
  /** Monotonic; it counts for a minute. */
  readonly atMs: number;
}

/** What one key or team has used. It stays when limits change: those come with each call. */
export class ScopeCounters {
  /** Undefined until there is a limit per minute. */
  window: MinuteWindow | undefined;
  running = 0;
  /** Undefined where this process alone counts. */
  elsewhere: UsedElsewhere | undefined;
  readonly refusals: Record<LimitKind, number> = { requests: 0, tokens: 0, concurrency: 0, budget: 0 };
  readonly #budgets = new Map<string, BudgetCounter>();
  #budget: BudgetCounter | undefined;

  /** The counter of the period in which an instant is; undefined without a budget. */
  budgetAt({ limits: { budget } }: LimitScope, wallMs: number, timeZone: string): BudgetCounter | undefined {
    if (budget === undefined) return undefined;
    const period = periodOf(budget.per, wallMs, timeZone);
    return this.#budget?.period === period ? this.#budget : this.#open(period, wallMs);
  }

  /** Those of periods that may still count. */
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
