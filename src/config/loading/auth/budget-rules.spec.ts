import { loadText } from '../../../../test/fixtures/config/load-text.js';
import { type ModelConfig } from '../../model.config.js';

const isPriced = ({ price }: ModelConfig) => price !== undefined;
const BUDGET = 'limits: { budget: { usd: 1, per: day } }';
const warningsOf = (auth: string) =>
  loadText(
    `auth: { ${auth} }
models:
  openai:
    - { name: dear, base_url: "https://x.test", price: { input: 1, output: 1 } }
    - { name: gift, base_url: "https://x.test", price: free }
    - { name: lost, base_url: "https://x.test" }
    - { name: half, deployments: [{ base_url: "https://x.test", price: free }, { base_url: "https://y.test" }] }
    - { name: weak, base_url: "https://x.test", price: free, fallbacks: [gift, half] }
    - { name: off, base_url: "https://x.test", enabled: false }`,
    { isPriced },
  ).warnings.map((line) => line.replace(/^\S+?:/, ''));
const key = (more: string) => `api_keys: [{ name: bot, key: "a-key-of-a-test-0001", ${more} }]`;

describe('a budget', () => {
  it('causes a warning if its key may use models or fallbacks without a known price', () => {
    expect(warningsOf(key(BUDGET))).toEqual([
      '1: auth.api_keys[0].limits.budget: the key "bot" cannot use "lost", "half", "weak": not all of their prices are known, expected `price` at these models',
    ]);
    expect(warningsOf(key(`models: ["l*"], ${BUDGET}`))).toEqual([
      expect.stringContaining('cannot use "lost":'),
    ]);
  });

  it('causes no warning if all models that its key may use have a price', () => {
    expect(warningsOf(key(`models: [dear, gift], ${BUDGET}`))).toEqual([]);
    expect(warningsOf(key('limits: { requests_per_minute: 1 }'))).toEqual([]);
  });

  it('of a team concerns what its keys may use', () => {
    const teams = `teams: [{ name: search, ${BUDGET} }], ${key('team: search, models: [half, dear]')}`;
    expect(warningsOf(teams)).toEqual([
      '1: auth.teams[0].limits.budget: the team "search" cannot use "half": not all of their prices are known, expected `price` at these models',
    ]);
  });
});
