import { type Standings } from '../protocol/rate-limits.js';
import { type LimitScope } from '../auth/limit-scope.js';
import { type Period } from './period.js';

/** An API client, as far as limits are concerned. */
export interface LimitedClient {
  /** The limits that apply to its calls: those of the key and of its team. */
  readonly scopes: readonly LimitScope[];
}

/**
 * The most that a call will use, estimated in advance. Tokens are input and output together; money
 * is in nano-USD.
 */
export interface Estimate {
  readonly tokens: number;
  readonly nanoUsd: number;
  /**
   * `tokens` without the part that is only assumed, because an assumption must not make a call
   * impossible.
   */
  readonly leastTokens: number;
  /** `nanoUsd` without the part that is only assumed. */
  readonly leastNanoUsd: number;
}

/** The usage of a call. */
export interface Used {
  readonly tokens: number;
  readonly nanoUsd: number;
}

export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'budget';

/** An admitted call; what it may use is reserved in all of its scopes. */
export interface Reservation {
  readonly isAdmitted: true;
  /** What the call may use; all of it counts until the call ends. */
  readonly reserved: Used;
  readonly standings: Standings;
  /**
   * Replaces the reserved amounts by the used ones, in the minute and the budget period of the
   * admission. Only the first call of `settle` or `giveBack` has an effect.
   */
  settle(used: Used): void;
  /**
   * Call this when nothing more goes to the client: the call no longer counts as concurrent, and
   * its usage is still counted.
   */
  leave(): void;
  /** Call this if the call was not made after all: it does not count as a request either. */
  giveBack(): void;
}

/** A refused call; nothing was taken from any scope. */
export interface Refusal {
  readonly isAdmitted: false;
  readonly standings: Standings;
  readonly scope: LimitScope;
  readonly what: LimitKind;
  /** In requests, tokens, concurrent calls or nano-USD. */
  readonly limit: number;
  /** The requested amount, in the same unit. */
  readonly asked: number;
  /** By how much the request exceeds what is left. */
  readonly excess: number;
  /**
   * Time after which the call is admitted if no others come; undefined: never, because it exceeds
   * the limit by itself.
   */
  readonly retryAfterMs: number | undefined;
  /** The period of a budget. */
  readonly period?: Period | undefined;
  /** For a budget: the limit is not used up, but reserved by running calls. */
  readonly isReserved?: boolean;
}

export type Admission = Reservation | Refusal;

/** Number of refused calls since the process started, by the limit that refused them. */
export type Refusals = Readonly<Record<LimitKind, number>>;

/** The use of one limit, in requests, tokens, calls or nano-USD. */
export interface LimitUse {
  readonly what: LimitKind;
  readonly limit: number;
  /** For a budget, without reserved amounts. */
  readonly used: number;
  /** Reserved by running calls; for tokens, included in `used`. */
  readonly reserved: number;
  /** At least 0. */
  readonly remaining: number;
  /** The period of a budget. */
  readonly period?: Period | undefined;
}

/** The current state of the limits of one key or team. */
export interface ScopeState {
  readonly scope: LimitScope;
  readonly limits: readonly LimitUse[];
  /** Counted by this replica only. */
  readonly refusals: Refusals;
}

/**
 * `memory`: counted in one process. `shared`: counted in Redis. `away`: Redis is unavailable, so
 * each replica applies its share.
 */
export type LimiterState = 'memory' | 'shared' | 'away';

/**
 * The number of replicas among which limits are divided while Redis is unavailable, and its source.
 */
export interface ReplicaShare {
  /** At least 1. */
  readonly replicas: number;
  /** `assumption`: the number is unknown, so this replica applies each limit as a whole. */
  readonly source: 'redis' | 'configuration' | 'assumption';
}

/**
 * Admits calls within the limits of their clients. No period of 60 seconds has more requests or
 * tokens than a limit allows; a whole minute's worth may arrive at once. Never throws.
 */
export abstract class Limiter {
  abstract readonly state: LimiterState;

  /** Undefined if no other process counts. */
  get share(): ReplicaShare | undefined {
    return undefined;
  }

  /** Checks all scopes of the client in one step. Synchronous if the counters are in memory. */
  abstract admit(client: LimitedClient, estimate: Estimate): Admission | Promise<Admission>;

  /** The current state of the configured limits. */
  abstract states(): readonly ScopeState[] | Promise<readonly ScopeState[]>;
}
