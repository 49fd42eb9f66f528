import { Logger } from '@nestjs/common';
import { loadText } from '../../test/fixtures/config/load-text.js';
import { CallEvents } from '../calls/call-events.js';
import { CallRecord } from '../calls/call-record.js';
import { LiveConfig } from '../config/live-config.js';
import { BudgetAlerts } from './budget-alerts.js';
import { type Limiter, type LimitUse, type ScopeState } from './limiter.js';
import { type LimitScope } from '../auth/limit-scope.js';

const live = new LiveConfig(
  loadText(`
auth: { api_keys: [{ key: "a-key-of-a-test-0001", limits: { budget: { usd: 1, per: day } } }] }
models: { openai: [{ name: m, base_url: "https://x.test" }] }`).config,
);
const NO_REFUSALS = { requests: 0, tokens: 0, concurrency: 0, budget: 0 };

function stateOf(kind: 'key' | 'team', name: string, used: number, period: string, usd = 1): ScopeState {
  const scope: LimitScope = { kind, name, limits: { budget: { usd, per: 'day' } } };
  const limit = usd * 1e9;
  const use: LimitUse = {
    what: 'budget',
    limit,
    used: used * 1e9,
    reserved: 0,
    remaining: Math.max(0, limit - used * 1e9),
    period: { id: period, startMs: 0, endMs: 1 },
  };
  return { scope, limits: [use], refusals: NO_REFUSALS };
}

describe('budgets that are being spent', () => {
  let states: ScopeState[];
  let lines: Record<string, unknown>[];
  let events: CallEvents;
  let alerts: BudgetAlerts;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((line: Record<string, unknown>) => void lines.push(line));
    events = new CallEvents();
    alerts = new BudgetAlerts({ states: () => states } as unknown as Limiter, events, live);
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  /** A call has ended that cost something, and its look is over. */
  async function spend(...now: ScopeState[]): Promise<unknown[]> {
    states = now;
    lines = [];
    const record = new CallRecord('r', 'POST', '/');
    record.costNanoUsd = 1;
    events.answered(record);
    await jest.advanceTimersByTimeAsync(1100);
    return lines.map(({ client, team, percent, period }) => [client ?? team, percent, period]);
  }

  it('have a line at 50, 80 and 100 percent, each once', async () => {
    expect(await spend(stateOf('key', 'bot', 0.49, 'a'))).toEqual([]);
    expect(await spend(stateOf('key', 'bot', 0.5, 'a'))).toEqual([['bot', 50, 'a']]);
    expect(await spend(stateOf('key', 'bot', 0.79, 'a'))).toEqual([]);
    expect(await spend(stateOf('key', 'bot', 0.8, 'a'))).toEqual([['bot', 80, 'a']]);
    expect(await spend(stateOf('key', 'bot', 1.2, 'a'))).toEqual([['bot', 100, 'a']]);
    expect(await spend(stateOf('key', 'bot', 1.3, 'a'))).toEqual([]);
  });

  it('have all lines that one call has passed, for keys and teams apart', async () => {
    const both = [stateOf('key', 'x', 1, 'a'), stateOf('team', 'x', 0.6, 'a')];
    expect(await spend(...both)).toEqual([
      ['x', 50, 'a'],
      ['x', 80, 'a'],
      ['x', 100, 'a'],
      ['x', 50, 'a'],
    ]);
    expect(lines[0]).toEqual({
      message: 'budget spent',
      client: 'x',
      percent: 50,
      spent_usd: 1,
      budget_usd: 1,
      remaining_usd: 0,
      per: 'day',
      period: 'a',
    });
    expect(lines[3]).toMatchObject({ team: 'x', percent: 50 });
  });

  it('have them again in the next period, and after the budget was raised', async () => {
    await spend(stateOf('key', 'bot', 0.9, 'a'));
    expect(await spend(stateOf('key', 'bot', 0.5, 'b'))).toEqual([['bot', 50, 'b']]);
    expect(await spend(stateOf('key', 'bot', 0.5, 'b', 2))).toEqual([]);
    expect(await spend(stateOf('key', 'bot', 1, 'b', 2))).toEqual([['bot', 50, 'b']]);
  });

  it('are not checked if there are none, until a reload adds one', async () => {
    const free = loadText(`
auth: { api_keys: ["a-key-of-a-test-0001"] }
models: { openai: [{ name: m, base_url: "https://x.test" }] }`).config;
    const other = new CallEvents();
    const changing = new LiveConfig(free);
    const subscribe = jest.spyOn(other, 'subscribe');
    new BudgetAlerts({ states: () => [] } as unknown as Limiter, other, changing);
    expect(subscribe).toHaveBeenCalledTimes(0);
    for (let reload = 0; reload < 2; reload++) changing.replace(live.current);
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  it('are looked at once for many calls, not for free ones, and at the end of the process', async () => {
    const asked = jest.fn(() => [stateOf('key', 'bot', 0.5, 'a')]);
    const other = new CallEvents();
    const last = new BudgetAlerts({ states: asked } as unknown as Limiter, other, live);
    const record = new CallRecord('r', 'POST', '/');
    record.costNanoUsd = 0;
    other.answered(record);
    await jest.advanceTimersByTimeAsync(2000);
    expect(asked).toHaveBeenCalledTimes(0);
    record.costNanoUsd = null;
    for (let call = 0; call < 10; call++) other.answered(record);
    await last.onApplicationShutdown();
    expect([asked.mock.calls.length, lines.length]).toEqual([1, 1]);
    await alerts.onApplicationShutdown();
    expect(lines).toHaveLength(1);
  });
});
