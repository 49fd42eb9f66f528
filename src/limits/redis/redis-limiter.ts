import { type BeforeApplicationShutdown } from '@nestjs/common';
import { type RedisConnection } from '../../cache/redis-connection.js';
import { type Clock } from '../clock.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import {
  type Admission,
  type Estimate,
  type LimitedClient,
  Limiter,
  type LimiterState,
  type ReplicaShare,
  type ScopeState,
} from '../limiter.js';
import { type MemoryLimiter } from '../memory/memory-limiter.js';
import { type SpendSeeds } from '../memory/spend-seeds.js';
import { type Period } from '../period.js';
import {
  type AdmitReply,
  type AskedScope,
  type Seed,
  type StateInRedis,
  keysFor,
  learn,
  readReply,
  refusalOf,
  standingsOf,
  usesOf,
  valuesFor,
} from './admission.js';
import { Membership, type Timing, USUAL_TIMING } from './membership.js';
import { ReportedCalls } from './reported-calls.js';
import { ADMIT } from './scripts/admit.js';
import { RAISE } from './scripts/raise.js';
import { countersOf } from './scope-keys.js';

const NOTHING: Estimate = { tokens: 0, leastTokens: 0, nanoUsd: 0, leastNanoUsd: 0 };
/** How long the state of all limits, once read, is reused. */
const FRESH_MS = 1000;

/**
 * Counts in Redis, together with all replicas: one script and one round trip per admission. While
 * Redis is unavailable, each replica continues in memory with its share of each limit, and reports
 * to Redis afterwards what it has counted.
 */
export class RedisLimiter extends Limiter implements BeforeApplicationShutdown {
  readonly #membership: Membership;
  readonly #calls: ReportedCalls;
  /** Budgets that began in Redis while their history could not be read, by their keys. */
  readonly #unread = new Map<string, { readonly scope: LimitScope; readonly period: Period }>();
  #rereading: NodeJS.Timeout | undefined;
  #seen: readonly ScopeState[] = [];
  #seenAtMs = -Infinity;

  /**
   * Settles when Redis is joined, or has failed for the first time.
   * @param expected number of replicas, if known before Redis is reached
   */
  static async open(
    redis: RedisConnection,
    local: MemoryLimiter,
    clock: Clock,
    seeds: SpendSeeds,
    timing = USUAL_TIMING,
    expected?: number,
  ): Promise<RedisLimiter> {
    const limiter = new RedisLimiter(redis, local, clock, seeds, timing, expected);
    await redis.open();
    await limiter.#join();
    await limiter.#seedAlone();
    return limiter;
  }

  private constructor(
    private readonly redis: RedisConnection,
    private readonly local: MemoryLimiter,
    private readonly clock: Clock,
    private readonly seeds: SpendSeeds,
    private readonly timing: Timing,
    expected: number | undefined,
  ) {
    super();
    this.#membership = new Membership(redis, local, clock, timing, expected);
    this.#calls = new ReportedCalls(redis, local, clock, seeds, timing, this.#membership);
  }

  get state(): LimiterState {
    return this.#membership.isShared ? 'shared' : 'away';
  }

  override get share(): ReplicaShare {
    return this.#membership.share;
  }

  admit(client: LimitedClient, estimate: Estimate): Admission | Promise<Admission> {
    return this.#membership.isShared ? this.#together(client, estimate) : this.#alone(client, estimate);
  }

  async states(): Promise<readonly ScopeState[]> {
    const nowMs = this.clock.monotonicMs();
    if (!this.#membership.isShared) return this.local.states();
    if (nowMs - this.#seenAtMs > FRESH_MS) {
      this.#seenAtMs = nowMs;
      this.#seen = await Promise.all(this.local.scopes().map((scope) => this.#look(scope)));
    }
    return this.#seen;
  }

  /** Call this when the configuration has changed. */
  configured(): void {
    void this.#membership.configured().then(() => this.#seedAlone());
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.#rereading);
    await this.#membership.end();
  }

  async #join(): Promise<void> {
    await this.#membership.begin(this.#calls, () => this.#learnAll());
  }

  /** Without Redis, only the history knows the earlier spending. */
  async #seedAlone(): Promise<void> {
    if (!this.seeds.hasHistory || this.#membership.isShared) return;
    if (!(await this.local.seed(this.seeds))) this.#readAgain();
  }

  /** Until the history can be read, budgets lack what was spent before. */
  #readAgain(): void {
    if (this.seeds.isEnded) return;
    this.#rereading ??= setTimeout(() => {
      this.#rereading = undefined;
      void this.#seedAlone();
      for (const [key, { scope, period }] of this.#unread) void this.#raise(key, scope, period);
    }, this.timing.reportMs).unref();
  }

  async #raise(key: string, scope: LimitScope, period: Period): Promise<void> {
    const spent = await this.seeds.of(scope, period);
    const isDone =
      spent !== undefined &&
      (await this.redis.run(() => RAISE.sendAnyway(this.redis, [key], [spent]), undefined)) !== undefined;
    if (isDone) this.#unread.delete(key);
    else this.#readAgain();
  }

  #alone(client: LimitedClient, estimate: Estimate): Admission {
    const admission = this.local.admit(client, estimate);
    return admission.isAdmitted
      ? this.#calls.countUnreported(client.scopes, admission, admission.standings)
      : admission;
  }

  async #together(client: LimitedClient, estimate: Estimate): Promise<Admission> {
    const { scopes } = client;
    const wallMs = this.clock.wallMs();
    let read: readonly (Seed | undefined)[] = [];
    // A second round in case the script asks for the earlier spending.
    for (let round = 1; round <= 2; round++) {
      const asked = this.#ask(scopes);
      const seeds = asked.map((each, at) => read[at] ?? this.#seedOf(each));
      const reply = await this.#send(asked, seeds, estimate, wallMs);
      if (reply === undefined) break;
      if (reply.kind === 'unknown') {
        read = await Promise.all(
          asked.map((each, at) =>
            reply.scopes.includes(at) ? this.#readSeed(each) : Promise.resolve(undefined),
          ),
        );
        continue;
      }
      const inMemory =
        reply.kind === 'admitted' ? this.local.take(scopes, reply.tokens, reply.nanoUsd, wallMs) : undefined;
      if (learn(asked, reply.states, this.local, this.clock.monotonicMs())) this.#membership.suspect();
      if (reply.kind === 'admitted') {
        return this.#calls.countReported(
          reply.call,
          scopes,
          inMemory!,
          standingsOf(asked, reply.states),
          reply.nowMs,
        );
      }
      const refusal = refusalOf(reply, asked, wallMs);
      this.local.countersOf(refusal.scope).refusals[refusal.what]++;
      return refusal;
    }
    return this.#alone(client, estimate);
  }

  /**
   * @returns undefined if Redis does not respond in time; whatever it admits after that is given
   * back
   */
  async #send(
    asked: readonly AskedScope[],
    seeds: readonly Seed[],
    estimate: Estimate,
    wallMs: number,
  ): Promise<(AdmitReply & { readonly call: string }) | undefined> {
    const call = this.#calls.nextCall();
    const values = valuesFor('admit', call, this.timing.leaseMs, estimate, asked, seeds, wallMs);
    let isLate = false;
    const reply = await this.redis.run(() => {
      const answer = ADMIT.sendAnyway(this.redis, keysFor(asked), values);
      answer.then(
        (late) => {
          if (isLate) this.#giveBack(call, asked, readReply(late));
        },
        () => undefined,
      );
      return answer;
    }, undefined);
    if (reply !== undefined) return { ...readReply(reply), call };
    isLate = true;
    this.#membership.lost();
    return undefined;
  }

  #giveBack(call: string, asked: readonly AskedScope[], reply: AdmitReply): void {
    if (reply.kind !== 'admitted') return;
    this.#calls.giveBack(call, asked, reply);
  }

  #ask(scopes: readonly LimitScope[]): AskedScope[] {
    return scopes.map((scope) => {
      const budget = this.local.budgetOf(scope);
      return { scope, budget, spentBefore: budget?.spent ?? 0 };
    });
  }

  /** The initial spending of a budget, as far as it is known without reading the history. */
  #seedOf({ budget }: AskedScope): Seed {
    if (budget === undefined) return { nanoUsd: 0, isHistory: false };
    const known = budget.spentElsewhere + budget.spent;
    return { nanoUsd: this.seeds.hasHistory ? undefined : known, isHistory: false };
  }

  async #readSeed({ scope, budget }: AskedScope): Promise<Seed> {
    const known = budget!.spentElsewhere + budget!.spent;
    const { period } = budget!;
    const spent = await this.seeds.of(scope, period);
    if (spent === undefined) {
      this.#unread.set(countersOf(scope, period)[2], { scope, period });
      this.#readAgain();
    }
    return { nanoUsd: Math.max(known, spent ?? 0), isHistory: spent !== undefined };
  }

  /**
   * Learns the earlier use of other replicas, so that a replica that continues alone does not use
   * it again.
   */
  async #learnAll(): Promise<void> {
    await Promise.all(
      this.local.scopes().map(async (scope) => {
        const asked = this.#ask([scope]);
        const states = await this.#read(asked);
        if (states !== undefined) learn(asked, states, this.local, this.clock.monotonicMs());
      }),
    );
  }

  async #look(scope: LimitScope): Promise<ScopeState> {
    const asked = this.#ask([scope]);
    const states = await this.#read(asked);
    if (states === undefined) return this.local.stateOf(scope);
    const refusals = { ...this.local.countersOf(scope).refusals };
    return { scope, limits: usesOf(asked[0]!, states[0]!), refusals };
  }

  /** The state of scopes in Redis; undefined if it does not respond. */
  async #read(asked: readonly AskedScope[]): Promise<readonly StateInRedis[] | undefined> {
    const seeds = asked.map(({ budget }) => {
      const known = (budget?.spentElsewhere ?? 0) + (budget?.spent ?? 0);
      return { nanoUsd: known, isHistory: false };
    });
    const values = valuesFor('look', '', this.timing.leaseMs, NOTHING, asked, seeds, this.clock.wallMs());
    const answer = await this.redis.run(
      () => ADMIT.sendAnyway(this.redis, keysFor(asked), values),
      undefined,
    );
    if (answer === undefined) return undefined;
    return (readReply(answer) as Extract<AdmitReply, { kind: 'admitted' }>).states;
  }
}
