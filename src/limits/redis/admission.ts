import { type Standing, type Standings } from '../../protocol/rate-limits.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type Estimate, type LimitKind, type LimitUse, type Refusal } from '../limiter.js';
import { type MemoryLimiter, tighter } from '../memory/memory-limiter.js';
import { BUSY_RETRY_MS, refused } from '../memory/refusals.js';
import { type BudgetCounter, nanoLimit } from '../memory/scope-counters.js';
import { countersOf } from './scope-keys.js';
import { ADMIT_MODES } from './scripts/admit.js';

const DAY_MS = 86_400_000;
/** How long the counter of an endless budget is kept without calls. */
const TOTAL_DAYS = 400;
const KINDS: readonly (LimitKind | undefined)[] = [undefined, 'requests', 'tokens', 'concurrency', 'budget'];
const STATE_VALUES = 6;

/** The state of a scope when a call asks for admission. */
export interface AskedScope {
  readonly scope: LimitScope;
  readonly budget: BudgetCounter | undefined;
  /**
   * The spending of this process when the request was sent: Redis knows of that, but not of later
   * spending.
   */
  readonly spentBefore: number;
}

/** The initial value of a budget's counter if Redis has none. */
export interface Seed {
  /** Undefined: not yet known. */
  readonly nanoUsd: number | undefined;
  readonly isHistory: boolean;
}

/** The state of one scope in Redis. */
export interface StateInRedis {
  readonly requests: number;
  readonly tokens: number;
  readonly running: number;
  readonly spent: number;
  readonly reserved: number;
  readonly resetMs: number;
}

export function keysFor(asked: readonly AskedScope[]): string[] {
  return asked.flatMap(({ scope, budget }) => countersOf(scope, budget?.period));
}

/** The arguments of ADMIT. */
export function valuesFor(
  mode: keyof typeof ADMIT_MODES,
  call: string,
  leaseMs: number,
  { tokens, leastTokens, nanoUsd, leastNanoUsd }: Estimate,
  asked: readonly AskedScope[],
  seeds: readonly Seed[],
  wallMs: number,
): (string | number)[] {
  const values = [ADMIT_MODES[mode], call, leaseMs, tokens, leastTokens, nanoUsd, leastNanoUsd];
  for (const [at, { scope, budget }] of asked.entries()) {
    const { requests_per_minute = -1, tokens_per_minute = -1, max_concurrent = -1 } = scope.limits;
    const { nanoUsd: seed = '', isHistory } = seeds[at]!;
    values.push(requests_per_minute, tokens_per_minute, max_concurrent, nanoLimit(scope) ?? -1);
    values.push(budget === undefined ? 0 : expiryMs(budget, wallMs), seed, isHistory ? 1 : 0);
  }
  return values;
}

/**
 * How long the counters of a budget are kept: beyond the end of its period, because calls of the
 * period may end later.
 */
export function expiryMs({ period }: BudgetCounter, wallMs: number): number {
  if (period.endMs === Infinity) return TOTAL_DAYS * DAY_MS;
  return Math.max(0, period.endMs - wallMs) + 2 * DAY_MS;
}

/** A reply of ADMIT. */
export type AdmitReply =
  | { readonly kind: 'unknown'; readonly scopes: readonly number[] }
  | {
      readonly kind: 'admitted';
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly nowMs: number;
      readonly states: readonly StateInRedis[];
    }
  | {
      readonly kind: 'refused';
      readonly scope: number;
      readonly what: LimitKind;
      readonly waitMs: number | undefined;
      readonly excess: number;
      readonly tokens: number;
      readonly nanoUsd: number;
      readonly states: readonly StateInRedis[];
      /**
       * Only for a budget: whether the call would fit without the amounts that running calls
       * reserve.
       */
      readonly isReserved: boolean;
    };

export function readReply(reply: unknown): AdmitReply {
  const [kind, ...values] = reply as number[];
  if (kind === 2) return { kind: 'unknown', scopes: values.map((index) => index - 1) };
  if (kind === 1) {
    const [tokens, nanoUsd, nowMs, ...rest] = values as [number, number, number, ...number[]];
    return { kind: 'admitted', tokens, nanoUsd, nowMs, states: statesOf(rest) };
  }
  const [scope, code, wait, excess, tokens, nanoUsd, , ...rest] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  return {
    kind: 'refused',
    scope: scope - 1,
    what: KINDS[code]!,
    waitMs: wait < 0 ? undefined : wait,
    excess: excess < 0 ? Infinity : excess,
    tokens,
    nanoUsd,
    states: statesOf(rest),
    isReserved: wait === 1,
  };
}

/** Converts a reply to a refusal. */
export function refusalOf(
  reply: Extract<AdmitReply, { kind: 'refused' }>,
  asked: readonly AskedScope[],
  wallMs: number,
): Refusal {
  const { scope, budget } = asked[reply.scope]!;
  const { requests_per_minute, tokens_per_minute, max_concurrent } = scope.limits;
  const { what, waitMs, excess, tokens, nanoUsd, isReserved } = reply;
  const standings = standingsOf(asked, reply.states);
  switch (what) {
    case 'requests':
      return { ...refused(scope, what, requests_per_minute!, 1, excess, waitMs), standings };
    case 'tokens':
      return { ...refused(scope, what, tokens_per_minute!, tokens, excess, waitMs), standings };
    case 'concurrency':
      return { ...refused(scope, what, max_concurrent!, 1, 1, BUSY_RETRY_MS), standings };
    case 'budget': {
      const { period } = budget!;
      const untilMs = period.endMs - wallMs;
      const refusal = refused(scope, what, nanoLimit(scope)!, nanoUsd, excess, untilMs);
      return { ...refusal, standings, period, isReserved };
    }
  }
}

export function standingsOf(asked: readonly AskedScope[], states: readonly StateInRedis[]): Standings {
  let requests: Standing | undefined;
  let tokens: Standing | undefined;
  for (const [at, { scope }] of asked.entries()) {
    const { requests_per_minute, tokens_per_minute } = scope.limits;
    const state = states[at]!;
    if (requests_per_minute !== undefined)
      requests = tighter(requests, standing(requests_per_minute, state.requests, state));
    if (tokens_per_minute !== undefined)
      tokens = tighter(tokens, standing(tokens_per_minute, state.tokens, state));
  }
  return { requests, tokens };
}

/**
 * Derives what the other replicas use from the totals of all replicas.
 * @returns whether Redis knows of fewer requests than this process has made: it may have lost its
 * data
 */
export function learn(
  asked: readonly AskedScope[],
  states: readonly StateInRedis[],
  local: MemoryLimiter,
  nowMs: number,
): boolean {
  let isShort = false;
  for (const [at, { scope, budget, spentBefore }] of asked.entries()) {
    const { requests, tokens, running, spent, reserved } = states[at]!;
    const counters = local.countersOf(scope);
    const { window } = counters;
    window?.advance(nowMs);
    if (window !== undefined && requests < window.requests) isShort = true;
    counters.elsewhere = {
      requests: Math.max(0, requests - (window?.requests ?? 0)),
      tokens: Math.max(0, tokens - (window?.tokens ?? 0)),
      running: Math.max(0, running - counters.running),
      atMs: nowMs,
    };
    if (budget === undefined) continue;
    budget.spentElsewhere = Math.max(0, spent - spentBefore);
    budget.reservedElsewhere = Math.max(0, reserved - budget.reserved);
  }
  return isShort;
}

/** The use of one scope's limits, from its state in Redis. */
export function usesOf({ scope, budget }: AskedScope, state: StateInRedis): LimitUse[] {
  const { requests_per_minute, tokens_per_minute, max_concurrent } = scope.limits;
  const uses: LimitUse[] = [];
  const add = (what: LimitKind, limit: number | undefined, used: number, reserved = 0): void => {
    if (limit === undefined) return;
    const remaining = Math.max(0, limit - used - reserved);
    uses.push({
      what,
      limit,
      used,
      reserved,
      remaining,
      period: what === 'budget' ? budget?.period : undefined,
    });
  };
  add('requests', requests_per_minute, state.requests);
  add('tokens', tokens_per_minute, state.tokens);
  add('concurrency', max_concurrent, state.running);
  add('budget', nanoLimit(scope), state.spent, state.reserved);
  return uses;
}

function standing(limit: number, used: number, { resetMs }: StateInRedis): Standing {
  return { limit, remaining: Math.max(0, limit - used), resetMs: used === 0 ? 0 : resetMs };
}

function statesOf(values: readonly number[]): StateInRedis[] {
  const states: StateInRedis[] = [];
  for (let at = 0; at + STATE_VALUES <= values.length; at += STATE_VALUES) {
    const [requests, tokens, running, spent, reserved, resetMs] = values.slice(at) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    states.push({ requests, tokens, running, spent, reserved, resetMs });
  }
  return states;
}
