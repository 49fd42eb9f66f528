import { type Standings } from '../protocol/rate-limits.js';
import { type LimitScope } from '../auth/limit-scope.js';
import { type Period } from './period.js';

/** Whose calls are limited: an API client, as far as it concerns limits. */
export interface LimitedClient {
  /** The limits that hold for its calls, of the key and of its team. */
  readonly scopes: readonly LimitScope[];
}

/** What a call will use at most, before it is made. Tokens are input and output together; money is nano-USD. */
export interface Estimate {
  readonly tokens: number;
  readonly nanoUsd: number;
  /** The same without what is only guessed: a guess never makes a call impossible. At most `tokens`. */
  readonly leastTokens: number;
  /** At most `nanoUsd`. */
  readonly leastNanoUsd: number;
}

/** What a call has used. */
export interface Used {
  readonly tokens: number;
  readonly nanoUsd: number;
}

export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'budget';

/** A call was admitted, and what it may use is reserved in all of its scopes. */
export interface Reservation {
  readonly isAdmitted: true;
  /** What the call may use; all of it counts until the end of the call. */
  readonly reserved: Used;
  readonly standings: Standings;
  /**
   * Replaces what was reserved by what was used, in the minute and the budget period of the admission. Only the first
   * call of `settle` or `giveBack` counts.
   */
  settle(used: Used): void;
  /** Nothing more goes to the client: the call does not count among those at once, while what it has used is counted. */
  leave(): void;
  /** The call was not made after all: it does not count as a request either. */
  giveBack(): void;
}

/** A call was refused, and nothing was taken from any scope. */
export interface Refusal {
  readonly isAdmitted: false;
  readonly standings: Standings;
  readonly scope: LimitScope;
  readonly what: LimitKind;
  /** Requests, tokens, calls at once, or nano-USD. */
  readonly limit: number;
  /** What was asked for, in the same unit. */
  readonly asked: number;
  /** By how much that was too much. */
  readonly excess: number;
  /** After this time the call is admitted, if no other comes; undefined: never, it asks for more than the limit. */
  readonly retryAfterMs: number | undefined;
  /** Of a budget. */
  readonly period?: Period | undefined;
  /** Of a budget: the limit is not used up, but reserved by calls that are running. */
  readonly isReserved?: boolean;
}

export type Admission = Reservation | Refusal;

/** Calls that were refused since the process began, by what refused them. */
export type Refusals = Readonly<Record<LimitKind, number>>;

/** What is used of one limit. Unit: requests, tokens, calls, or nano-USD. */
export interface LimitUse {
  readonly what: LimitKind;
  readonly limit: number;
  /** For a budget without what is reserved. */
  readonly used: number;
  /** Held by running calls; for tokens it is part of `used`. */
  readonly reserved: number;
  /** At least 0. */
  readonly remaining: number;
  /** Of a budget. */
  readonly period?: Period | undefined;
}

/** The limits of one key or team as they stand. */
export interface ScopeState {
  readonly scope: LimitScope;
  readonly limits: readonly LimitUse[];
  /** At this replica. */
  readonly refusals: Refusals;
}

/** `memory`: one process. `shared`: counted in Redis. `away`: Redis is unavailable, and each replica has its share. */
export type LimiterState = 'memory' | 'shared' | 'away';

/** Among how many replicas limits are divided while Redis is away, and who says so. */
export interface ReplicaShare {
  /** At least 1. */
  readonly replicas: number;
  /** `assumption`: nobody has said how many there are, and this one takes each limit as a whole. */
  readonly source: 'redis' | 'configuration' | 'assumption';
}

/**
 * Admits calls within the limits of their clients. In no period of 60 seconds are there more requests or tokens than a
 * limit allows; a whole minute's worth may come at once. Never throws.
 */
export abstract class Limiter {
  abstract readonly state: LimiterState;

  /** Undefined where no other process counts. */
  get share(): ReplicaShare | undefined {
    return undefined;
  }

  /** All scopes of the client in one step. Synchronous where the counters are in memory. */
  abstract admit(client: LimitedClient, estimate: Estimate): Admission | Promise<Admission>;

  /** The limits of the current configuration, as they stand. */
  abstract states(): readonly ScopeState[] | Promise<readonly ScopeState[]>;
}
