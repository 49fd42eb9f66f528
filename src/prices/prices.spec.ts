import { loadText } from '../../test/fixtures/config/load-text.js';
import { CallRecord } from '../calls/call-record.js';
import { bindModels } from '../catalog/bind-models.js';
import { type Model } from '../routing/model.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { COUNT_TOKENS } from '../protocol/operation.js';
import { type LoginCredentials } from '../credentials/login/login-credentials.js';
import { OpenAiProvider } from '../providers/openai/openai.provider.js';
import { Prices, knownPrices } from './prices.js';

const { config } = loadText(`
auth: { api_keys: ["a-key-of-a-test-0001"] }
models:
  openai:
    - name: "chat"
      price: { input: 1, output: 2 }
      fallbacks: ["spare"]
      deployments:
        - { name: "east", base_url: "https://east.test/v1" }
        - { name: "west", base_url: "https://west.test/v1", price: { input: 3, output: 4 } }
    - { name: "spare", base_url: "https://spare.test/v1", price: { input: 5, output: 1 }, fallbacks: ["last"] }
    - { name: "last", base_url: "https://last.test/v1", price: { input: 6, output: 7 } }
    - { name: "risky", base_url: "https://a.test/v1", price: "free", fallbacks: ["in-house"] }
    - { name: "in-house", base_url: "https://b.test/v1" }
    - { name: "known", base_url: "https://c.test/v1", model_name: "gpt-4o" }
    - { name: "gift", base_url: "https://d.test/v1", price: "free" }
`);
const models = bindModels(config, new Map([['openai', new OpenAiProvider({} as LoginCredentials)]]));
const prices = new Prices();
const USAGE = { promptTokens: 1000, completionTokens: 100 };
const FAILED = new UpstreamError('upstream_unreachable', 'No connection.');

function settled(name: string, change: (record: CallRecord) => void, served = 'deployment-1'): CallRecord {
  const record = new CallRecord('r', 'POST', '/v1/chat/completions');
  record.attempt(name, served, 'first');
  change(record);
  prices.settle(record, models.get(name)!);
  return record;
}

describe('the cost of a call that is over', () => {
  it.each([
    ['chat', 'east', 1000 * 1000 + 100 * 2000, 'config: input 1, output 2'],
    ['chat', 'west', 1000 * 3000 + 100 * 4000, 'config: input 3, output 4'],
    ['known', 'deployment-1', 1000 * 2500 + 100 * 10_000, '2026-09-23 openai/gpt-4o: input 2.5,'],
    ['gift', 'deployment-1', 0, 'config: free'],
  ])('of %s is that of the deployment that served it: %s', (name, served, cost, text) => {
    const record = settled(name, (it) => (it.usage = USAGE), served);
    expect(record.costNanoUsd).toBe(cost);
    expect(record.price).toContain(text);
  });

  it('is that of the fallback that served it, and of a fallback of a fallback', () => {
    const cost = (name: string) =>
      settled('chat', (record) => {
        record.attempt(name, 'deployment-1', 'fallback');
        record.usage = USAGE;
      }).costNanoUsd;
    expect([cost('spare'), cost('last')]).toEqual([5_100_000, 6_700_000]);
  });

  it('is null, not 0, without a known price', () => {
    const record = settled('in-house', (it) => (it.usage = USAGE));
    expect([record.costNanoUsd, record.price]).toEqual([null, undefined]);
  });

  it('is null if text was sent but not counted, unless the model is free', () => {
    expect(settled('chat', () => undefined, 'east').costNanoUsd).toBeNull();
    const cut = (record: CallRecord) => {
      record.firstToken();
      record.error = FAILED;
    };
    expect(settled('chat', cut, 'east').costNanoUsd).toBeNull();
    expect(settled('gift', cut).costNanoUsd).toBe(0);
  });

  it('is 0 if it failed before any output, unless the service counted something', () => {
    expect(settled('chat', (record) => (record.error = FAILED), 'east').costNanoUsd).toBe(0);
    expect(settled('in-house', (record) => (record.error = FAILED)).costNanoUsd).toBe(0);
    const counted = (record: CallRecord) => {
      record.error = FAILED;
      record.usage = USAGE;
    };
    expect(settled('chat', counted, 'east').costNanoUsd).toBe(1_200_000);
  });

  it('is 0 if nothing was sent, and for counting tokens', () => {
    const record = new CallRecord('r', 'POST', '/v1/chat/completions');
    record.usage = USAGE;
    prices.settle(record, models.get('chat')!);
    expect(record.costNanoUsd).toBe(0);
    const route = { operation: COUNT_TOKENS } as CallRecord['route'];
    const counting = new CallRecord('r', 'POST', '/v1/messages/count_tokens', route);
    counting.attempt('chat', 'east', 'first');
    prices.settle(counting, models.get('chat')!);
    expect(counting.costNanoUsd).toBe(0);
  });

  it('prices usage that the gateway has estimated', () => {
    const usage = { ...USAGE, isEstimated: true };
    expect(settled('chat', (record) => (record.usage = usage), 'east').costNanoUsd).toBe(1_200_000);
  });
});

describe('the estimate for a reservation', () => {
  const estimate = (model: Model) => prices.estimateNanoUsd(model, 1000, 100);

  it('is that of the dearest deployment or fallback that may serve the call', () => {
    expect(estimate(models.get('chat')!)).toBe(6_700_000);
    expect(estimate(models.get('last')!)).toBe(6_700_000);
    expect(estimate(models.get('gift')!)).toBe(0);
  });

  it('does not exist if the price of one of them is not known', () => {
    expect(estimate(models.get('in-house')!)).toBeUndefined();
    expect(estimate(models.get('risky')!)).toBeUndefined();
  });
});

describe('prices of service tiers', () => {
  const tiers = loadText(`
auth: { api_keys: ["a-key-of-a-test-0001"] }
models:
  openai:
    - name: "m"
      base_url: "https://a.test/v1"
      price: { input: 1, output: 2, service_tiers: { flex: { input: 0.5, output: 1 }, priority: { input: 4, output: 8 }, scale: { input: 9 } } }
`).config.models[0]!;
  const list = prices.of(tiers)!;

  it('are those of their calls alone', () => {
    expect(list.inTier(undefined)).toBe(list);
    expect(list.inTier('flex')!.text).toBe('config, flex: input 0.5, output 1');
    expect(list.inTier('flex')!.costOf(USAGE)).toBe(600_000);
    expect(list.inTier('fast')).toBeUndefined();
    expect(list.text).toBe('config: input 1, output 2');
  });

  it('are what a reservation expects at most, as far as they are known', () => {
    expect(list.mostOf(1000, 100, 1)).toBe(4_800_000);
  });
});

describe('what is known of prices', () => {
  it('is counted and named', () => {
    expect(knownPrices(prices, config.models)).toEqual({ fromTable: 1, unknown: ['in-house'] });
  });
});
