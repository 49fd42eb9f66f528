import { type Clock } from '../clock.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type MemoryLimiter } from '../memory/memory-limiter.js';
import { type MemoryReservation } from '../memory/memory-reservation.js';
import { type BudgetCounter } from '../memory/scope-counters.js';
import { type SpendSeeds } from '../memory/spend-seeds.js';
import { expiryMs, valuesFor } from './admission.js';
import { type RedisReservation } from './redis-reservation.js';
import { type Settlement } from './settlement.js';
import { countersOf, keysOf } from './scope-keys.js';
import { Unreported } from './unreported.js';

/** Keys and arguments of a script. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
}

/** The amounts that a replica has counted without Redis, and how they are handed over. */
export class HandOver {
  readonly #unreported = new Map<string, Unreported>();

  constructor(
    private readonly local: MemoryLimiter,
    private readonly clock: Clock,
    private readonly seeds: SpendSeeds,
  ) {}

  /**
   * Counts a call that Redis does not know.
   * @returns the second in which the call counts, per scope; 0: it does not count there
   */
  count(scopes: readonly LimitScope[], { holds, tokens }: MemoryReservation): number[] {
    const nowMs = this.clock.monotonicMs();
    return scopes.map((scope, at) => {
      if (holds[at]!.second === undefined) return 0;
      const { window } = this.#of(scope);
      window.advance(nowMs);
      return window.take(nowMs, tokens);
    });
  }

  /** Records the end of a call that Redis does not know. */
  end({ scopes, inMemory, seconds }: RedisReservation, { requests, tokens, nanoUsd }: Settlement): void {
    for (const [at, scope] of scopes.entries()) {
      const { budget, second } = inMemory.holds[at]!;
      const unreported = this.#of(scope);
      if (second !== undefined) unreported.window.correct(seconds[at]!, tokens, requests);
      if (budget !== undefined && nanoUsd > 0)
        unreported.spent(budget.period, nanoUsd, this.clock.monotonicMs());
    }
  }

  /**
   * Prepares the hand-over: reads the history that it needs.
   * @param hasLostData whether Redis has lost its data; then everything that this replica knows is
   * sent
   * @returns a function that takes the unreported amounts, for which Redis is then responsible
   */
  async prepare(
    hasLostData: boolean,
  ): Promise<(offsetMs: number, running: Iterable<RedisReservation>) => ScriptCall[]> {
    const histories = new Map<BudgetCounter, number | undefined>();
    const scopes = new Map([...this.#unreported.values()].map(({ scope }) => [keysOf(scope).minute, scope]));
    if (hasLostData) for (const scope of this.local.scopes()) scopes.set(keysOf(scope).minute, scope);
    await Promise.all(
      [...scopes.values()].map(async (scope) => {
        const budget = this.local.budgetOf(scope);
        if (budget !== undefined && this.seeds.hasHistory)
          histories.set(budget, await this.seeds.of(scope, budget.period));
      }),
    );
    return (offsetMs, running) => {
      for (const { scope } of this.#unreported.values()) scopes.set(keysOf(scope).minute, scope);
      const calls = [...scopes.values()].flatMap((scope) =>
        this.#callsFor(scope, hasLostData, offsetMs, histories),
      );
      for (const reservation of running)
        if (hasLostData || !reservation.isReported) this.#dateSeconds(reservation, hasLostData, offsetMs);
      this.#unreported.clear();
      return calls;
    };
  }

  /** The leases of a running call that is already counted. From now on, Redis knows the call. */
  lease(reservation: RedisReservation, leaseMs: number): ScriptCall {
    const { id, scopes, inMemory } = reservation;
    const asked = scopes.map((scope, at) => {
      const { budget } = inMemory.holds[at]!;
      return { scope, budget, spentBefore: budget?.spent ?? 0 };
    });
    const { nanoUsd } = inMemory;
    const estimate = { tokens: 0, leastTokens: 0, nanoUsd, leastNanoUsd: nanoUsd };
    const seeds = asked.map(({ budget }) => ({ nanoUsd: knownOf(budget), isHistory: false }));
    reservation.isReported = true;
    return {
      keys: asked.flatMap(({ scope, budget }) => countersOf(scope, budget?.period)),
      values: valuesFor('lease', id, leaseMs, estimate, asked, seeds, this.clock.wallMs()),
    };
  }

  /** Converts the seconds in which a call counts to Redis's clock. */
  #dateSeconds(reservation: RedisReservation, hasLostData: boolean, offsetMs: number): void {
    reservation.seconds = reservation.scopes.map((scope, at) => {
      const { counters, second } = reservation.inMemory.holds[at]!;
      if (second === undefined) return 0;
      const lastMs = hasLostData
        ? counters.window!.lastMsOf(second)
        : this.#of(scope).window.lastMsOf(reservation.seconds[at]!);
      return lastMs === undefined ? 0 : Math.floor(redisMs(lastMs, offsetMs) / 1000);
    });
  }

  #callsFor(
    scope: LimitScope,
    hasLostData: boolean,
    offsetMs: number,
    histories: ReadonlyMap<BudgetCounter, number | undefined>,
  ): ScriptCall[] {
    const counters = this.local.countersOf(scope);
    const unreported = this.#of(scope);
    const window = hasLostData ? counters.window : unreported.window;
    window?.advance(this.clock.monotonicMs());
    const buckets = window?.buckets() ?? [];
    const minute = [
      buckets.length,
      ...buckets.flatMap(({ lastMs, requests, tokens }) => [redisMs(lastMs, offsetMs), requests, tokens]),
    ];
    const { settled, minute: name } = keysOf(scope);
    const calls: ScriptCall[] = [];
    for (const budget of counters.budgets()) {
      const spending = unreported.spending.get(budget.period.id);
      const isCurrent = budget === this.local.budgetOf(scope);
      if (spending === undefined && !(hasLostData && isCurrent)) continue;
      const parts = [...(spending?.parts.values() ?? [])];
      const recent = parts.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
      calls.push({
        keys: [settled, name, countersOf(scope, budget.period)[2]],
        values: [
          ...(calls.length === 0 ? minute : [0]),
          Math.max(0, knownOf(budget) - recent),
          histories.get(budget) ?? '',
          expiryMs(budget, this.clock.wallMs()),
          ...parts.flatMap(({ lastMs, nanoUsd }) => [redisMs(lastMs, offsetMs), nanoUsd]),
        ],
      });
    }
    if (calls.length === 0 && buckets.length > 0)
      calls.push({ keys: [settled, name, countersOf(scope, undefined)[2]], values: minute });
    return calls;
  }

  #of(scope: LimitScope): Unreported {
    const { minute } = keysOf(scope);
    let unreported = this.#unreported.get(minute);
    if (unreported === undefined) this.#unreported.set(minute, (unreported = new Unreported(scope)));
    return unreported;
  }
}

/** The known spending of all replicas. */
function knownOf(budget: BudgetCounter | undefined): number {
  return budget === undefined ? 0 : budget.spentElsewhere + budget.spent;
}

function redisMs(monotonicMs: number, offsetMs: number): number {
  return Math.round(monotonicMs + offsetMs);
}
