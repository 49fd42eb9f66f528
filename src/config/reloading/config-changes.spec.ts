import { loadText } from '../../../test/fixtures/config/load-text.js';
import { type GatewayConfig } from '../gateway.config.js';
import { type ConfigChanges, describeChanges } from './config-changes.js';

type Content = Readonly<Record<string, unknown>>;

const MODEL = { name: 'm', base_url: 'https://one.test/v1', api_key: 'planted-key-one' };
const BASE = { auth: { api_keys: ['client-one'] }, models: { openai: [MODEL] } };

function load(content: Content): GatewayConfig {
  return loadText(JSON.stringify({ ...BASE, ...content })).config;
}

function changes(before: Content, after: Content): ConfigChanges | undefined {
  return describeChanges(load(before), load(after));
}

/** What is told when the one model is changed so. */
const modelChanges = (change: Content, before: Content = {}) =>
  changes(
    { models: { openai: [{ ...MODEL, ...before }] } },
    { models: { openai: [{ ...MODEL, ...before, ...change }] } },
  )?.now;

describe('describeChanges', () => {
  it('finds no changes when the same text is read twice', () => {
    expect(changes({}, {})).toBeUndefined();
  });

  it('names models that come, go and move', () => {
    const other = { ...MODEL, name: 'other "quoted"' };
    expect(changes({}, { models: { openai: [other] } })?.now).toEqual([
      'models: -"m"',
      'models: +"other \\"quoted\\""',
    ]);
    const [one, two] = [{ models: { openai: [MODEL, other] } }, { models: { openai: [other, MODEL] } }];
    expect(changes(one, two)?.now).toEqual(['models: order changed']);
  });

  it('reports that a model has become one of another type', () => {
    const model = { name: 'm', base_url: 'https://one.test/v1', token: 'planted-token' };
    expect(changes({}, { models: { request: [model] } })?.now).toEqual(['models "m": type changed']);
  });

  it.each<[Content, string]>([
    [{ max_tokens: 5 }, 'models "m": max_tokens none -> 5'],
    [{ enabled: false }, 'models "m": enabled true -> false'],
    [{ model_name: 'up' }, 'models "m": model_name "m" -> "up"'],
    [
      { base_url: 'https://two.test/v2?key=abc' },
      'models "m": base_url "https://one.test/v1" -> "https://two.test/v2"',
    ],
    [{ base_url: 'https://one.test/v1?key=planted' }, 'models "m": base_url changed'],
    [{ base_url: 'https://one.test/planted-key-one' }, 'models "m": base_url changed'],
    [{ api_key: 'planted-key-two' }, 'models "m": api_key changed'],
    [{ headers: { 'x-team': 'planted-team' } }, 'models "m": headers changed'],
    [{ timeouts: { idle_seconds: 7 } }, 'models "m": timeouts.idle_seconds 60 -> 7'],
    [{ tls: { insecure_skip_verify: true } }, 'models "m": tls changed'],
  ])('shows what is no secret, and masks what may be one: %j', (change, told) => {
    expect(modelChanges(change)).toEqual([told]);
  });

  it('reports a block once if models inherit it from the top level', () => {
    expect(changes({}, { timeouts: { total_seconds: 9 } })?.now).toEqual(['timeouts.total_seconds 600 -> 9']);
  });

  it('counts keys and shows none', () => {
    const keys = (...api_keys: unknown[]): Content => ({ auth: { api_keys } });
    const named = { name: 'team', key: 'client-one' };
    expect(changes(keys('client-one'), keys('client-one', 'client-two'))?.now).toEqual(['auth.api_keys: +1']);
    expect(changes(keys('client-one'), keys('client-two'))?.now).toEqual(['auth.api_keys: +1 -1']);
    expect(changes(keys('client-one'), keys(named))?.now).toEqual(['auth.api_keys: 1 edited']);
    const other = { name: 'other', key: 'client-two' };
    expect(changes(keys(named, other), keys(other, named))?.now).toEqual(['auth.api_keys: order changed']);
  });

  it('shows changes of limits, teams and expiry', () => {
    const auth = (more: Record<string, unknown>, teams?: unknown[]): Content => ({
      auth: { api_keys: [{ name: 'bot', key: 'client-one', ...more }], teams },
    });
    const limits = { requests_per_minute: 60, budget: { usd: 20, per: 'month' } };
    expect(changes(auth({}), auth({ limits }))?.now).toEqual([
      'auth.api_keys: 1 edited',
      'auth.api_keys "bot": limits.requests_per_minute none -> 60',
      'auth.api_keys "bot": limits.budget.usd none -> 20',
      'auth.api_keys "bot": limits.budget.per none -> "month"',
    ]);
    const raised = { requests_per_minute: 120, budget: { usd: 20, per: 'week' } };
    expect(changes(auth({ limits }), auth({ limits: raised }))?.now).toEqual([
      'auth.api_keys: 1 edited',
      'auth.api_keys "bot": limits.requests_per_minute 60 -> 120',
      'auth.api_keys "bot": limits.budget.per "month" -> "week"',
    ]);
    expect(changes(auth({ limits }), auth({ limits: { requests_per_minute: 60 } }))?.now).toEqual([
      'auth.api_keys: 1 edited',
      'auth.api_keys "bot": limits.budget.usd 20 -> none',
      'auth.api_keys "bot": limits.budget.per "month" -> none',
    ]);
    const teams = [{ name: 'search', limits: { max_concurrent: 5 } }];
    expect(changes(auth({}), auth({ team: 'search', expires_at: '2099-01-31' }, teams))?.now).toEqual([
      'auth.api_keys: 1 edited',
      'auth.api_keys "bot": team none -> "search"',
      'auth.api_keys "bot": expires_at none -> "2099-01-31"',
      'auth.teams: +"search"',
    ]);
    const grown = [{ name: 'search', limits: { max_concurrent: 9 } }];
    expect(changes(auth({}, teams), auth({}, grown))?.now).toEqual([
      'auth.teams "search": limits.max_concurrent 5 -> 9',
    ]);
    expect(changes(auth({}, teams), auth({}, [...teams, { name: 'ads' }]))?.now).toEqual([
      'auth.teams: +"ads"',
    ]);
    expect(
      changes(auth({}, [{ name: 'ads' }, ...teams]), auth({}, [...teams, { name: 'ads' }]))?.now,
    ).toEqual(['auth.teams: order changed']);
  });

  it('shows a change of both keys of a client once', () => {
    const both = (rpm: number): Content => ({
      auth: {
        api_keys: ['client-one', 'client-two'].map((key) => ({
          name: 'bot',
          key,
          limits: { requests_per_minute: rpm },
        })),
      },
    });
    expect(changes(both(60), both(90))?.now).toEqual([
      'auth.api_keys: 2 edited',
      'auth.api_keys "bot": limits.requests_per_minute 60 -> 90',
    ]);
  });

  it('shows a change of the time zone, and not what follows from it', () => {
    const zone = (time_zone: string): Content => ({
      auth: { time_zone, api_keys: [{ name: 'bot', key: 'client-one', expires_at: '2099-01-31' }] },
    });
    expect(changes(zone('UTC'), zone('Asia/Shanghai'))?.now).toEqual([
      'auth.time_zone "UTC" -> "Asia/Shanghai"',
    ]);
  });

  it('keeps apart what only a new process reads', () => {
    const after = {
      server: { port: 9, docs: false, debug: true },
      cache: {
        redis_url: 'redis://:planted@host',
        encryption_key: 'planted-planted-planted-planted-planted',
      },
    };
    expect(changes({}, after)).toEqual({
      now: ['server.debug false -> true'],
      atNextStart: ['server.port', 'server.docs', 'cache'],
    });
  });
});
