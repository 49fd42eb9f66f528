import { Injectable } from '@nestjs/common';
import { type LimitUse, Limiter, type ScopeState } from '../../limits/limiter.js';
import { type Sample, ScrapedFamily } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

const NANO_PER_USD = 1e9;
const STATES = ['memory', 'shared', 'away'] as const;

/**
 * The current state of the limits of keys and teams, read at a scrape from the counters that are
 * enforced.
 */
@Injectable()
export class LimitMetrics {
  #states: Promise<readonly ScopeState[]> | undefined;

  constructor(
    registry: MetricRegistry,
    private readonly limiter: Limiter,
  ) {
    const budget = (value: (use: LimitUse) => number) => () => this.#ofBudgets(value);
    registry.add(
      new ScrapedFamily(
        'llm_gateway_budget_usd',
        'Budgets of keys and teams for each calendar period, in US dollars.',
        'gauge',
        budget(({ limit }) => limit),
      ),
      new ScrapedFamily(
        'llm_gateway_budget_used_usd',
        'What was spent of a budget in the current period, without what running calls may cost.',
        'gauge',
        budget(({ used }) => used),
      ),
      new ScrapedFamily(
        'llm_gateway_budget_remaining_usd',
        'What is left of a budget in the current period, less what running calls may cost.',
        'gauge',
        budget(({ remaining }) => remaining),
      ),
      new ScrapedFamily(
        'llm_gateway_limit_refusals_total',
        'Calls refused by limits of keys and teams: requests, tokens, concurrency or budget.',
        'counter',
        () => this.#refusals(),
      ),
      new ScrapedFamily(
        'llm_gateway_limiter_state',
        'Where limits are counted, 1 for the state that holds: memory, shared (Redis), or away.',
        'gauge',
        () => STATES.map((state) => ({ labels: { state }, value: state === limiter.state ? 1 : 0 })),
      ),
    );
  }

  async #ofBudgets(value: (use: LimitUse) => number): Promise<readonly Sample[]> {
    return (await this.#atScrape()).flatMap(({ scope, limits }) =>
      limits
        .filter(({ what }) => what === 'budget')
        .map((use) => ({
          labels: { scope: scope.kind, name: scope.name, per: scope.limits.budget!.per },
          value: value(use) / NANO_PER_USD,
        })),
    );
  }

  async #refusals(): Promise<readonly Sample[]> {
    return (await this.#atScrape()).flatMap(({ scope, refusals }) =>
      Object.entries(refusals).map(([limit, value]) => ({
        labels: { scope: scope.kind, name: scope.name, limit },
        value,
      })),
    );
  }

  /** All metrics of one scrape see the same state. */
  #atScrape(): Promise<readonly ScopeState[]> {
    this.#states ??= this.#ask();
    return this.#states;
  }

  async #ask(): Promise<readonly ScopeState[]> {
    try {
      return await this.limiter.states();
    } finally {
      setImmediate(() => (this.#states = undefined));
    }
  }
}
