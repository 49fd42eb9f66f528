import { loadText } from '../../test/fixtures/config/load-text.js';
import { LiveConfig } from '../config/live-config.js';
import { type ApiClient } from './api-client.js';
import { ApiKeys } from './api-keys.js';

const KEYS = ['a', 'b', 'c', 'd'].map((letter) => `sk-test-key-of-${letter}-0001`) as [
  string,
  string,
  string,
  string,
];

const configOf = (auth: unknown) =>
  loadText(JSON.stringify({ auth, models: { openai: [{ name: 'm', base_url: 'https://x.test' }] } })).config;

describe('the limits of a client', () => {
  const limits = { requests_per_minute: 60, budget: { usd: 5, per: 'day' } };
  const auth = (rpm = 60) => ({
    teams: [{ name: 'search', limits: { max_concurrent: 3 } }, { name: 'ads' }],
    api_keys: [
      { name: 'bot', key: KEYS[0], team: 'search', limits: { ...limits, requests_per_minute: rpm } },
      { name: 'bot', key: KEYS[1], team: 'search', limits: { ...limits, requests_per_minute: rpm } },
      { name: 'other', key: KEYS[2], team: 'search' },
      { name: 'free', key: KEYS[3], team: 'ads' },
    ],
  });

  it('are its own and those of its team, the same for keys of one name', () => {
    const keys = new ApiKeys(new LiveConfig(configOf(auth())));
    const [one, two, other, free] = KEYS.map((key) => keys.find(key)!) as [
      ApiClient,
      ApiClient,
      ApiClient,
      ApiClient,
    ];
    expect(one.scopes).toEqual([
      { kind: 'key', name: 'bot', team: 'search', limits },
      { kind: 'team', name: 'search', limits: { max_concurrent: 3 } },
    ]);
    expect(two.scopes[0]).toBe(one.scopes[0]);
    expect(other.scopes).toEqual([one.scopes[1]]);
    expect(other.scopes[0]).toBe(one.scopes[1]);
    expect(free.scopes).toEqual([]);
    expect(free).toMatchObject({ name: 'free', team: 'ads', limits: undefined });
  });

  it('change with the configuration', () => {
    const live = new LiveConfig(configOf(auth()));
    const keys = new ApiKeys(live);
    live.replace(configOf(auth(120)));
    expect(keys.find(KEYS[0])!.scopes[0]).toMatchObject({
      kind: 'key',
      name: 'bot',
      limits: { requests_per_minute: 120 },
    });
    live.replace(configOf({ api_keys: [{ name: 'bot', key: KEYS[0], limits: null }] }));
    expect(keys.find(KEYS[0])!.scopes).toEqual([]);
  });

  it('do not exist if no key is required', () => {
    expect(new ApiKeys(new LiveConfig(configOf({ enabled: false }))).find('x')!.scopes).toEqual([]);
  });
});
