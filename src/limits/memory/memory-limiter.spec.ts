import { type KeyLimitsConfig } from '../../config/auth.config.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type Admission, type Estimate, type Refusal, type Reservation } from '../limiter.js';
import { SimulatedClock } from '../../../test/support/simulated-clock.js';
import { MemoryLimiter } from './memory-limiter.js';

const WINDOW_MS = 60_000;
const NANO = 1e9;

let clock: SimulatedClock;
let limiter: MemoryLimiter;
let scopes: LimitScope[];

beforeEach(() => {
  clock = new SimulatedClock(Date.UTC(2026, 10, 28, 12));
  scopes = [];
  limiter = new MemoryLimiter(
    clock,
    () => scopes,
    () => 'UTC',
  );
});

const key = (limits: KeyLimitsConfig, name = 'bot'): LimitScope => ({ kind: 'key', name, limits });
const team = (limits: KeyLimitsConfig, name = 'search'): LimitScope => ({ kind: 'team', name, limits });
/** A call of which all is sure. */
const sure = (tokens = 0, usd = 0): Estimate => ({
  tokens,
  leastTokens: tokens,
  nanoUsd: usd * NANO,
  leastNanoUsd: usd * NANO,
});
const admit = (estimate: Estimate = sure(), ...of: LimitScope[]): Admission =>
  limiter.admit({ scopes: of.length === 0 ? scopes : of }, estimate);
function admitted(estimate?: Estimate, ...of: LimitScope[]): Reservation {
  const admission = admit(estimate, ...of);
  if (!admission.isAdmitted) throw new Error(`refused: ${admission.what}`);
  return admission;
}
function refused(estimate?: Estimate, ...of: LimitScope[]): Refusal {
  const admission = admit(estimate, ...of);
  if (admission.isAdmitted) throw new Error('admitted');
  return admission;
}

describe('requests per minute', () => {
  it('admits a whole minute at once, and the next call exactly when the wait is over', () => {
    scopes = [key({ requests_per_minute: 60 })];
    for (let call = 0; call < 60; call++) {
      admitted();
      clock.pass(7);
    }
    const { what, retryAfterMs } = refused();
    expect(what).toBe('requests');
    clock.pass(retryAfterMs! - 1);
    refused();
    clock.pass(1);
    admitted();
  });

  it('never waits longer than 60 seconds', () => {
    scopes = [key({ requests_per_minute: 1 })];
    clock.pass(999);
    admitted();
    expect(refused().retryAfterMs).toBe(WINDOW_MS);
  });

  it('gives a request back that was not made', () => {
    scopes = [key({ requests_per_minute: 1 })];
    admitted().giveBack();
    admitted();
  });

  it('counts a call that failed', () => {
    scopes = [key({ requests_per_minute: 1 })];
    admitted().settle({ tokens: 0, nanoUsd: 0 });
    refused();
  });

  it('holds at once when it is raised, is gone when it is removed, and keeps its counters', () => {
    const [three, five] = [key({ requests_per_minute: 3 }), key({ requests_per_minute: 5 })];
    for (let call = 0; call < 3; call++) admitted(sure(), three);
    refused(sure(), three);
    admitted(sure(), five);
    admitted(sure(), five);
    refused(sure(), five);
    admitted(sure(), key({}));
    refused(sure(), five);
    refused(sure(), three);
  });
});

describe('tokens per minute', () => {
  it('replaces what was reserved by what was used, once', () => {
    scopes = [key({ tokens_per_minute: 1000 })];
    const call = admitted(sure(900));
    expect(refused(sure(200)).what).toBe('tokens');
    call.settle({ tokens: 100, nanoUsd: 0 });
    call.settle({ tokens: 0, nanoUsd: 0 });
    call.giveBack();
    admitted(sure(900));
    refused(sure(1));
  });

  it('counts the tokens in the second of the admission, however long the call takes', () => {
    scopes = [key({ tokens_per_minute: 1000 })];
    const call = admitted(sure(600));
    clock.pass(WINDOW_MS);
    const next = admitted(sure(1000));
    call.settle({ tokens: 5000, nanoUsd: 0 });
    next.settle({ tokens: 0, nanoUsd: 0 });
    admitted(sure(1000));
  });

  it('refuses for good what asks for more than the limit', () => {
    scopes = [key({ tokens_per_minute: 1000 })];
    expect(refused(sure(1001))).toMatchObject({ what: 'tokens', retryAfterMs: undefined, asked: 1001 });
  });

  it('lets a guess shrink to the limit', () => {
    scopes = [key({ tokens_per_minute: 500 })];
    const guess: Estimate = { tokens: 1100, leastTokens: 76, nanoUsd: 0, leastNanoUsd: 0 };
    const call = admitted(guess);
    expect(call.reserved.tokens).toBe(500);
    expect(refused(guess).retryAfterMs).toBe(WINDOW_MS);
    call.settle({ tokens: 0, nanoUsd: 0 });
    admitted(guess);
  });
});

it('counts concurrent calls', () => {
  scopes = [key({ max_concurrent: 2 })];
  const [first] = [admitted(), admitted()];
  expect(refused()).toMatchObject({ what: 'concurrency', retryAfterMs: 1000 });
  first.settle({ tokens: 0, nanoUsd: 0 });
  admitted();
  refused();
});

describe('budgets', () => {
  const DAILY = key({ budget: { usd: 1, per: 'day' } });

  it('reserves before the call and counts what it cost at its end', () => {
    scopes = [DAILY];
    const calls = Array.from({ length: 4 }, () => admitted(sure(0, 0.25)));
    expect(refused(sure(0, 0.25))).toMatchObject({ what: 'budget', isReserved: true, limit: NANO });
    for (const call of calls) call.settle({ tokens: 0, nanoUsd: 0.1 * NANO });
    for (let call = 0; call < 2; call++) admitted(sure(0, 0.3));
    expect(refused(sure(0, 0.1)).isReserved).toBe(true);
  });

  it('reports when the period ends, and starts anew then', () => {
    scopes = [DAILY];
    admitted(sure(0, 1)).settle({ tokens: 0, nanoUsd: NANO });
    const { retryAfterMs, period, isReserved } = refused(sure(0, 0));
    expect([period?.id, isReserved]).toEqual(['2026-11-28', false]);
    clock.pass(retryAfterMs!);
    admitted(sure(0, 1));
  });

  it('counts a call that runs past midnight on the day of its admission', () => {
    scopes = [DAILY];
    const call = admitted(sure(0, 1));
    clock.pass(12 * 3_600_000);
    const next = admitted(sure(0, 1));
    call.settle({ tokens: 0, nanoUsd: NANO });
    next.settle({ tokens: 0, nanoUsd: 0 });
    admitted(sure(0, 1));
  });

  it('lets a guess shrink to what is left while no other call runs', () => {
    scopes = [DAILY];
    admitted(sure(0, 0.75)).settle({ tokens: 0, nanoUsd: 0.75 * NANO });
    const guess: Estimate = { tokens: 0, leastTokens: 0, nanoUsd: 0.5 * NANO, leastNanoUsd: 0.1 * NANO };
    expect(admitted(guess).reserved.nanoUsd).toBe(0.25 * NANO);
    expect(refused(guess).isReserved).toBe(false);
  });
});

it('takes nothing from any scope when one of them refuses', () => {
  const own = key({ requests_per_minute: 10, tokens_per_minute: 1000, budget: { usd: 1, per: 'month' } });
  const shared = team({ requests_per_minute: 1 });
  scopes = [own, shared];
  admitted(sure(10, 0.01));
  const before = limiter.states();
  expect(refused(sure(10, 0.01)).scope).toBe(shared);
  expect(limiter.states().map(({ limits }) => limits)).toEqual(before.map(({ limits }) => limits));
  expect(limiter.states().map(({ refusals }) => refusals.requests)).toEqual([0, 1]);
});

it('reports the tightest limit of each kind', () => {
  scopes = [key({ requests_per_minute: 10, tokens_per_minute: 1000 }), team({ requests_per_minute: 5 })];
  expect(admitted(sure(100)).standings).toEqual({
    requests: { limit: 5, remaining: 4, resetMs: WINDOW_MS },
    tokens: { limit: 1000, remaining: 900, resetMs: WINDOW_MS },
  });
});

describe('any calls in any order', () => {
  /** A reproducible sequence of numbers below 1. */
  function random(seed: number): () => number {
    return () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
  }

  it.each(Array.from({ length: 12 }, (_, seed) => seed))('stays within all limits (%i)', (seed) => {
    const next = random(seed + 1);
    const limits = { requests_per_minute: 20, tokens_per_minute: 5000, max_concurrent: 4 };
    scopes = [
      key({ ...limits, budget: { usd: 2, per: 'hour' } }),
      team({ requests_per_minute: 30, tokens_per_minute: 4000, budget: { usd: 3, per: 'day' } }),
    ];
    const running: { reservation: Reservation; nanoUsd: number; tokens: number; index: number }[] = [];
    const taken: { atMs: number; tokens: number }[] = [];
    let spent = 0;
    for (let step = 0; step < 800; step++) {
      clock.pass(Math.floor(next() * next() * 4000));
      const own = next() < 0.5 ? scopes : [scopes[0]!];
      if (next() < 0.6) {
        const tokens = Math.floor(next() * 1500);
        const nanoUsd = Math.floor(next() * 0.2 * NANO);
        const estimate = { tokens, leastTokens: tokens, nanoUsd, leastNanoUsd: nanoUsd };
        const admission = admit(estimate, ...own);
        if (admission.isAdmitted) {
          running.push({ reservation: admission, nanoUsd, tokens, index: taken.length });
          taken.push({ atMs: clock.monotonicMs(), tokens });
        } else if (admission.retryAfterMs !== undefined && admission.what !== 'concurrency' && next() < 0.1) {
          clock.pass(Math.ceil(admission.retryAfterMs));
        }
      } else if (running.length > 0) {
        const [call] = running.splice(Math.floor(next() * running.length), 1);
        const share = next();
        const nanoUsd = Math.floor(call!.nanoUsd * share);
        const tokens = Math.floor(call!.tokens * share);
        call!.reservation.settle({ tokens, nanoUsd });
        taken[call!.index]!.tokens = tokens;
        spent += nanoUsd;
      }
      const now = clock.monotonicMs();
      const minute = taken.slice(-40).filter(({ atMs }) => atMs > now - WINDOW_MS);
      expect(minute.length).toBeLessThanOrEqual(20);
      expect(minute.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(5000);
      expect(running.length).toBeLessThanOrEqual(4);
    }
    for (const { reservation } of running) reservation.giveBack();
    const uses = limiter.states().flatMap((state) => state.limits);
    expect(uses.filter(({ reserved }) => reserved !== 0)).toEqual([]);
    expect(uses.find(({ what }) => what === 'concurrency')?.used).toBe(0);
    for (const { what, used, limit } of uses) if (what === 'budget') expect(used).toBeLessThanOrEqual(limit);
    expect(spent).toBeGreaterThan(0);
    clock.pass(WINDOW_MS);
    const left = limiter.states().flatMap((state) => state.limits);
    const renewed = left.filter(({ what }) => what !== 'budget');
    expect(renewed.length).toBeGreaterThan(0);
    for (const { what, used } of renewed) expect([what, used]).toEqual([what, 0]);
  });
});
