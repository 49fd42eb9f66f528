import { type RedisConnection } from '../../cache/redis-connection.js';
import { type Standings } from '../../protocol/rate-limits.js';
import { type Clock } from '../clock.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type MemoryLimiter } from '../memory/memory-limiter.js';
import { type MemoryReservation } from '../memory/memory-reservation.js';
import { type SpendSeeds } from '../memory/spend-seeds.js';
import { type AskedScope } from './admission.js';
import { HandOver, type ScriptCall } from './hand-over.js';
import { type Membership, type Reports, type Timing } from './membership.js';
import { Outbox } from './outbox.js';
import { RedisReservation } from './redis-reservation.js';
import { countersOf, keysOf } from './scope-keys.js';
import { ADMIT } from './scripts/admit.js';
import { HAND_OVER } from './scripts/hand-over.js';
import { RENEW } from './scripts/renew.js';
import { SETTLE } from './scripts/settle.js';
import { type Settlement, isChangedBy, scopeValues } from './settlement.js';

/** How long the process waits at its end for Redis to confirm its reports. */
const LAST_WORDS_MS = 1000;

/**
 * The running calls of this replica, and the reports about their ends that Redis still needs. Each
 * report arrives once, in the order of sending.
 */
export class ReportedCalls implements Reports {
  readonly #running = new Set<RedisReservation>();
  readonly #outbox: Outbox;
  readonly #handOver: HandOver;
  #calls = 0;

  constructor(
    private readonly redis: RedisConnection,
    private readonly local: MemoryLimiter,
    private readonly clock: Clock,
    seeds: SpendSeeds,
    private readonly timing: Timing,
    private readonly membership: Membership,
  ) {
    this.#outbox = new Outbox(redis, () => membership.lost());
    this.#handOver = new HandOver(local, clock, seeds);
  }

  nextCall(): string {
    return `${this.membership.replica}.${(++this.#calls).toString(36)}`;
  }

  /** Registers a call that Redis has admitted. @param redisMs when, by Redis's clock */
  countReported(
    call: string,
    scopes: readonly LimitScope[],
    inMemory: MemoryReservation,
    standings: Standings,
    redisMs: number,
  ): RedisReservation {
    const second = Math.floor(redisMs / 1000);
    const seconds = inMemory.holds.map((hold) => (hold.second === undefined ? 0 : second));
    return this.#begin(call, scopes, inMemory, standings, true, seconds);
  }

  /** Registers a call that was admitted while Redis was unavailable. */
  countUnreported(
    scopes: readonly LimitScope[],
    inMemory: MemoryReservation,
    standings: Standings,
  ): RedisReservation {
    const seconds = this.#handOver.count(scopes, inMemory);
    return this.#begin(this.nextCall(), scopes, inMemory, standings, false, seconds);
  }

  /** Gives back a call that Redis admitted too late. */
  giveBack(
    call: string,
    asked: readonly AskedScope[],
    { tokens, nanoUsd, nowMs }: { readonly tokens: number; readonly nanoUsd: number; readonly nowMs: number },
  ): void {
    const keys = asked.flatMap(({ scope, budget }) => countersOf(scope, budget?.period));
    const second = Math.floor(nowMs / 1000);
    const perScope = asked.flatMap(({ scope, budget }) => scopeValues(scope, second, budget !== undefined));
    const values = [call, nanoUsd, -1, -tokens, 0, ...perScope];
    this.#settle(asked[0]!.scope, keys, values);
  }

  /** @see Reports.prepare */
  async prepare(hasLostData: boolean): Promise<((offsetMs: number) => void) | undefined> {
    // The hand-over of all counters includes the contents of these reports.
    if (hasLostData) this.#outbox.clear();
    // Meanwhile, calls that Redis knows may end, but no new ones begin.
    while (this.#outbox.size > 0) if (!(await this.#outbox.sendAll())) return undefined;
    const callsAt = await this.#handOver.prepare(hasLostData);
    return (offsetMs) => {
      void this.#outbox.sendAll();
      for (const each of callsAt(offsetMs, this.#running)) this.#send(each, hasLostData);
      for (const reservation of this.#running)
        if (hasLostData || !reservation.isReported) this.#lease(reservation);
      for (const counters of this.local.counters())
        for (const budget of counters.budgets()) budget.spentTogether = budget.spent;
    };
  }

  /** Renews the leases of long calls. */
  renew(): void {
    if (!this.membership.isShared) return;
    const { leaseMs } = this.timing;
    const longMs = this.clock.monotonicMs() - leaseMs / 3;
    const byScope = new Map<string, { readonly keys: string[]; readonly values: (string | number)[] }>();
    for (const { id, scopes, inMemory, isReported, beganMs } of this.#running) {
      if (!isReported || beganMs > longMs) continue;
      for (const [at, scope] of scopes.entries()) {
        const [, calls, , reserves] = countersOf(scope, inMemory.holds[at]!.budget?.period);
        let group = byScope.get(reserves);
        if (group === undefined)
          byScope.set(reserves, (group = { keys: [calls, reserves], values: [leaseMs] }));
        group.values.push(id, inMemory.nanoUsd);
      }
    }
    for (const { keys, values } of byScope.values())
      void this.redis.run(() => RENEW.sendAnyway(this.redis, keys, values), undefined);
  }

  /** Waits until all reports have arrived, for at most one second. */
  async flush(): Promise<void> {
    const untilMs = performance.now() + LAST_WORDS_MS;
    while (this.membership.isShared && this.#outbox.size > 0 && performance.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #begin(
    call: string,
    scopes: readonly LimitScope[],
    inMemory: MemoryReservation,
    standings: Standings,
    isReported: boolean,
    seconds: readonly number[],
  ): RedisReservation {
    const beganMs = this.clock.monotonicMs();
    const reservation = new RedisReservation(
      call,
      scopes,
      inMemory,
      standings,
      isReported,
      seconds,
      beganMs,
      (ended, settlement) => this.#end(ended, settlement),
      (left) => this.#leave(left),
    );
    this.#running.add(reservation);
    return reservation;
  }

  #end(reservation: RedisReservation, settlement: Settlement): void {
    this.#running.delete(reservation);
    if (!reservation.isReported) {
      this.#handOver.end(reservation, settlement);
      return;
    }
    const { id, scopes, inMemory, seconds } = reservation;
    if (!scopes.some((scope) => isChangedBy(scope, settlement))) return;
    const keys = scopes.flatMap((scope, at) => countersOf(scope, inMemory.holds[at]!.budget?.period));
    const perScope = scopes.flatMap((scope, at) =>
      scopeValues(scope, seconds[at]!, inMemory.holds[at]!.budget !== undefined),
    );
    const { requests, tokens, nanoUsd } = settlement;
    this.#settle(scopes[0]!, keys, [id, inMemory.nanoUsd, requests, tokens, nanoUsd, ...perScope]);
    if (!this.membership.isShared) return;
    for (const { budget } of inMemory.holds) if (budget !== undefined) budget.spentTogether = budget.spent;
  }

  /** If this does not arrive, the end of the call has the same effect. */
  #leave({ id, scopes, isReported }: RedisReservation): void {
    if (!isReported || !this.membership.isShared) return;
    for (const scope of scopes) {
      if (scope.limits.max_concurrent === undefined) continue;
      const [, calls] = countersOf(scope, undefined);
      void this.redis.run(() => this.redis.client.zRem(calls, id), undefined);
    }
  }

  #settle(scope: LimitScope, keys: readonly string[], values: readonly (string | number)[]): void {
    const valuesOf = (number: number) => [this.membership.replica, number, ...values];
    this.#outbox.add(SETTLE, [keysOf(scope).settled, ...keys], valuesOf, this.membership.isShared);
  }

  #send({ keys, values }: ScriptCall, hasLostData: boolean): void {
    const valuesOf = (number: number) => [this.membership.replica, number, hasLostData ? 1 : 0, ...values];
    this.#outbox.add(HAND_OVER, keys, valuesOf, true);
  }

  /** Reports a running call to Redis. */
  #lease(reservation: RedisReservation): void {
    const { keys, values } = this.#handOver.lease(reservation, this.timing.leaseMs);
    void this.redis.run(() => ADMIT.send(this.redis, keys, values), undefined);
  }
}
