import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CallEvents, type CallObserver } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { type GatewayConfig } from '../config/gateway.config.js';
import { LiveConfig } from '../config/live-config.js';
import { configuredScopes } from './configured-scopes.js';
import { type LimitUse, Limiter, type ScopeState } from './limiter.js';

/** Shares of a budget, in percent, that are logged when they are reached. */
const THRESHOLDS = [50, 80, 100] as const;
/**
 * Delay after a call that cost something, so that calls that end together cause one check of the
 * budgets.
 */
const LOOK_MS = 1000;
const NANO_PER_USD = 1e9;

/**
 * Logs when a key or team has spent 50, 80 and 100 % of its budget: one line each, once per period.
 * A restarted process logs again what applies.
 */
@Injectable()
export class BudgetAlerts implements CallObserver, OnApplicationShutdown {
  /** The highest percentage that was logged in a period, by scope. */
  readonly #logged = new Map<string, { readonly period: string; readonly percent: number }>();
  readonly #logger = new Logger(BudgetAlerts.name);
  #timer: NodeJS.Timeout | undefined;
  #isWatching = false;

  constructor(
    private readonly limiter: Limiter,
    private readonly events: CallEvents,
    live: LiveConfig,
  ) {
    this.#watch(live.current);
    live.onReplaced((config) => this.#watch(config));
  }

  /** Without budgets, calls are not observed. */
  #watch({ auth }: GatewayConfig): void {
    const hasBudget = configuredScopes(auth).some(({ limits }) => limits.budget !== undefined);
    if (this.#isWatching || !hasBudget) return;
    this.#isWatching = true;
    this.events.subscribe(this);
  }

  /** The cost of a call is settled directly after this event. */
  answered({ costNanoUsd }: CallRecord): void {
    if (costNanoUsd === undefined || costNanoUsd === 0) return;
    this.#timer ??= setTimeout(() => void this.#look(), LOOK_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    const isDue = this.#timer !== undefined;
    clearTimeout(this.#timer);
    if (isDue) await this.#look();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    for (const state of await this.limiter.states()) {
      const budget = state.limits.find(({ what }) => what === 'budget');
      if (budget !== undefined) this.#check(state, budget);
    }
  }

  #check({ scope }: ScopeState, { used, limit, period, remaining }: LimitUse): void {
    const key = `${scope.kind} ${scope.name}`;
    const known = this.#logged.get(key);
    const id = period?.id ?? '';
    const before = known?.period === id ? known.percent : 0;
    const now = THRESHOLDS.findLast((percent) => used >= (limit * percent) / 100) ?? 0;
    // If a budget was raised, the same percentage may be reached again.
    this.#logged.set(key, { period: id, percent: now });
    for (const percent of THRESHOLDS) {
      if (percent <= before || percent > now) continue;
      this.#logger.warn({
        message: 'budget spent',
        [scope.kind === 'key' ? 'client' : 'team']: scope.name,
        percent,
        spent_usd: used / NANO_PER_USD,
        budget_usd: limit / NANO_PER_USD,
        remaining_usd: remaining / NANO_PER_USD,
        per: scope.limits.budget!.per,
        period: id,
      });
    }
  }
}
