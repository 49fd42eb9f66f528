import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type RedisConnection } from '../../cache/redis-connection.js';
import { type Standings } from '../../protocol/rate-limits.js';
import { type Clock } from '../clock.js';
import { type LimitScope } from '../limit-scope.js';
import { type MemoryLimiter } from '../memory/memory-limiter.js';
import { type MemoryReservation } from '../memory/memory-reservation.js';
import { type SpendSeeds } from '../memory/spend-seeds.js';
import { type AskedScope } from './admission.js';
import { HandOver } from './hand-over.js';
import { Outbox } from './outbox.js';
import { RedisReservation } from './redis-reservation.js';
import { MARK_KEY, REPLICAS_KEY, countersOf, keysOf } from './scope-keys.js';
import { ADMIT } from './scripts/admit.js';
import { HAND_OVER } from './scripts/hand-over.js';
import { RENEW } from './scripts/renew.js';
import { REPORT } from './scripts/report.js';
import { SETTLE } from './scripts/settle.js';
import { type Settlement, isChangedBy, scopeValues } from './settlement.js';
import { type Timing } from './timing.js';

/** How long the process waits at its end for Redis to confirm what was reported. */
const LAST_WORDS_MS = 1000;
/** After so many missed reports, a replica does not count any more. */
const MISSED_REPORTS = 3;

/**
 * One replica among those that count in Redis: what it has reported to Redis, what it still has to report, and how
 * many replicas there are. Each report arrives once, in the order of sending.
 */
export class ReplicaLink {
  readonly #log = new Logger('Limits');
  readonly #replica = randomBytes(9).toString('base64url');
  readonly #running = new Set<RedisReservation>();
  readonly #outbox = new Outbox(() => this.lost());
  readonly #handOver: HandOver;
  #isJoined = false;
  #joining: Promise<void> | undefined;
  #isOver = false;
  /** Gone when Redis has lost its data. */
  #mark: string | undefined;
  /** Redis's time minus monotonic time. */
  #offsetMs = 0;
  #calls = 0;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly redis: RedisConnection,
    private readonly local: MemoryLimiter,
    private readonly clock: Clock,
    seeds: SpendSeeds,
    private readonly timing: Timing,
    /** Called when it has joined the others; never rejects. */
    private readonly joined: () => Promise<void>,
  ) {
    this.#handOver = new HandOver(local, clock, seeds);
  }

  get isShared(): boolean {
    return this.#isJoined && this.redis.isHere;
  }

  async begin(): Promise<void> {
    const { leaseMs, reportMs } = this.timing;
    this.redis.onReturn(() => {
      this.#isJoined = false;
      if (!this.#isIdle) void this.#join();
    });
    this.#timers.push(
      setInterval(() => void this.#report(), reportMs).unref(),
      setInterval(() => this.#renew(), leaseMs / 3).unref(),
    );
    await this.configured();
  }

  /** The configuration has changed; while it has no limits, Redis is left alone. */
  async configured(): Promise<void> {
    if (this.#isJoined || this.#isIdle) return;
    if (this.redis.isHere) await this.#join();
    if (!this.#isJoined) this.#tellState();
  }

  get #isIdle(): boolean {
    return this.local.scopes().length === 0;
  }

  /** Redis did not answer. */
  lost(): void {
    if (!this.#isJoined) return;
    this.#isJoined = false;
    this.#tellState();
  }

  /** Waits until all reports have arrived, and leaves, so that the others need not wait until this replica is missed. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    const untilMs = performance.now() + LAST_WORDS_MS;
    while (this.isShared && this.#outbox.size > 0 && performance.now() < untilMs)
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.#isJoined)
      await this.redis.run(() => this.redis.client.zRem(REPLICAS_KEY, this.#replica), undefined);
  }

  nextCall(): string {
    return `${this.#replica}.${(++this.#calls).toString(36)}`;
  }

  /** A call that Redis has admitted. @param redisMs when, by Redis's clock */
  countTold(
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

  /** A call that was admitted while Redis was unavailable. */
  countUntold(
    scopes: readonly LimitScope[],
    inMemory: MemoryReservation,
    standings: Standings,
  ): RedisReservation {
    const seconds = this.#handOver.count(scopes, inMemory);
    return this.#begin(this.nextCall(), scopes, inMemory, standings, false, seconds);
  }

  /** Redis has admitted a call, but too late. */
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

  #begin(
    call: string,
    scopes: readonly LimitScope[],
    inMemory: MemoryReservation,
    standings: Standings,
    isTold: boolean,
    seconds: readonly number[],
  ): RedisReservation {
    const beganMs = this.clock.monotonicMs();
    const reservation = new RedisReservation(
      call,
      scopes,
      inMemory,
      standings,
      isTold,
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
    if (!reservation.isTold) {
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
    if (!this.isShared) return;
    for (const { budget } of inMemory.holds) if (budget !== undefined) budget.spentTogether = budget.spent;
  }

  /** Should this not arrive, the end of the call does the same. */
  #leave({ id, scopes, isTold }: RedisReservation): void {
    if (!isTold || !this.isShared) return;
    for (const scope of scopes) {
      if (scope.limits.max_concurrent === undefined) continue;
      const [, calls] = countersOf(scope, undefined);
      void this.redis.run(() => this.redis.client.zRem(calls, id), undefined);
    }
  }

  #settle(scope: LimitScope, keys: readonly string[], values: readonly (string | number)[]): void {
    const all = [keysOf(scope).settled, ...keys];
    this.#outbox.add((number) => {
      const send = () => SETTLE.send(this.redis, all, [this.#replica, number, ...values]);
      return { number, send: async () => (await this.redis.run(send, undefined)) !== undefined };
    }, this.isShared);
  }

  #join(): Promise<void> {
    this.#joining ??= this.#joinNow().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  async #joinNow(): Promise<void> {
    const { redis } = this;
    const loaded = await redis.run(async () => {
      await Promise.all([SETTLE.load(redis), HAND_OVER.load(redis), ADMIT.load(redis)]);
      return true;
    }, false);
    const report = loaded ? await this.#sendReport() : undefined;
    if (report === undefined) return;
    const hasLostData = this.#mark !== undefined && report.mark !== this.#mark;
    // The hand-over of all counters includes what these reports would say.
    if (hasLostData) this.#outbox.clear();
    // Calls that Redis knows may end meanwhile, but no new ones begin.
    while (this.#outbox.size > 0) if (!(await this.#outbox.sendAll())) return;
    const told = await this.#handOver.prepare(hasLostData);
    if (!redis.isHere || this.#isOver) return;
    // In one turn, so that the next admission comes behind all of it.
    this.#mark = report.mark;
    this.#isJoined = true;
    void this.#outbox.sendAll();
    for (const parcel of told(this.#offsetMs, this.#running)) {
      this.#outbox.add((number) => {
        const values = [this.#replica, number, hasLostData ? 1 : 0, ...parcel.values];
        const send = () => HAND_OVER.send(redis, parcel.keys, values);
        return { number, send: async () => (await redis.run(send, undefined)) !== undefined };
      }, true);
    }
    for (const reservation of this.#running) if (hasLostData || !reservation.isTold) this.#lease(reservation);
    for (const counters of this.local.counters())
      for (const budget of counters.budgets()) budget.spentTogether = budget.spent;
    this.#tellState();
    await this.joined();
  }

  /** Reports a call that is running already to Redis. */
  #lease(reservation: RedisReservation): void {
    const { keys, values } = this.#handOver.lease(reservation, this.timing.leaseMs);
    void this.redis.run(() => ADMIT.send(this.redis, keys, values), undefined);
  }

  async #report(): Promise<void> {
    if (this.#isIdle) return;
    if (!this.redis.isHere) {
      this.lost();
      return;
    }
    if (!this.#isJoined) return this.#join();
    const report = await this.#sendReport();
    if (report === undefined) this.lost();
    else if (report.mark !== this.#mark) {
      this.#isJoined = false;
      await this.#join();
    }
  }

  async #sendReport(): Promise<{ readonly mark: string } | undefined> {
    const { redis } = this;
    const values = [
      this.#replica,
      MISSED_REPORTS * this.timing.reportMs,
      randomBytes(9).toString('base64url'),
    ];
    const reply = await redis.run(
      () => REPORT.sendAnyway(redis, [REPLICAS_KEY, MARK_KEY], values),
      undefined,
    );
    if (reply === undefined) return undefined;
    const [nowMs, replicas, mark] = reply as [number, number, string];
    this.#offsetMs = nowMs - this.clock.monotonicMs();
    this.local.replicas = Math.max(1, replicas);
    return { mark };
  }

  /** Keeps the leases of calls that take long. */
  #renew(): void {
    if (!this.isShared) return;
    const { leaseMs } = this.timing;
    const longMs = this.clock.monotonicMs() - leaseMs / 3;
    const byScope = new Map<string, { readonly keys: string[]; readonly values: (string | number)[] }>();
    for (const { id, scopes, inMemory, isTold, beganMs } of this.#running) {
      if (!isTold || beganMs > longMs) continue;
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

  #tellState(): void {
    if (this.#isIdle) return;
    const { replicas } = this.local;
    if (this.#isJoined) this.#log.log({ message: 'limits are shared through Redis', replicas });
    else
      this.#log.warn({ message: 'Redis unavailable, each replica holds its share of the limits', replicas });
  }
}
