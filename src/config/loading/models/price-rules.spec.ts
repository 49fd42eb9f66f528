import { loadText, problemsOf } from '../../../../test/fixtures/config/load-text.js';

const yaml = (price: string, more = '') =>
  `auth: { api_keys: ["a-key-of-a-test-0001"] }\nmodels: { openai: [{ name: m, ${more} price: ${price} }] }`;
const AT = 'base_url: "https://x.test",';

describe('a price', () => {
  it('has the configured values, and no others', () => {
    const { config, warnings } = loadText(yaml('{ input: 0.0375, output: 1000, per_image: 0.04 }', AT));
    expect(config.models[0]!.price).toEqual({ input: 0.0375, output: 1000, per_image: 0.04 });
    expect(warnings).toEqual([]);
  });

  it('reads "free" as a price of 0 for everything', () => {
    const { price } = loadText(yaml('"free"', AT)).config.models[0]!;
    const { service_tiers: tiers, ...rates } = price!;
    expect(Object.entries(rates)).toHaveLength(14);
    expect(new Set(Object.values(rates))).toEqual(new Set([0]));
    expect(tiers).toBeUndefined();
  });

  it('may be left out, and may come from a variable', () => {
    expect(loadText(yaml('', AT)).config.models[0]!.price).toBeUndefined();
    const { config } = loadText(yaml('{ input: "${IN}" }', AT), { env: { IN: '2.5' } });
    expect(config.models[0]!.price!.input).toBe(2.5);
  });

  it('of a deployment replaces that of its model as a whole', () => {
    const deployments =
      'deployments: [{ base_url: "https://a.test" }, { base_url: "https://b.test", price: "free" }, { base_url: "https://c.test", price: { output: 3 } }],';
    const { config, warnings } = loadText(yaml('{ input: 1, output: 2 }', deployments));
    const [a, b, c] = config.models[0]!.deployments.map((each) => each.config.price!);
    expect([a, b!.input, c]).toEqual([{ input: 1, output: 2 }, 0, { output: 3 }]);
    expect(warnings).toEqual([]);
  });

  it('of the sandbox is zero for any model name, unless it is configured', () => {
    const { config, warnings } = loadText(`
auth: { api_keys: ["a-key-of-a-test-0001"] }
models:
  openai:
    - { name: "gpt-4o", base_url: "sandbox:/v1" }
    - { name: "gpt-4", base_url: "sandbox:/v1", price: { input: 1, output: 2 } }
    - name: "gpt-4o-mini"
      deployments: [{ base_url: "sandbox:/v1" }, { base_url: "https://a.test/v1" }]
`);
    const [gift, priced, mixed] = config.models;
    const { service_tiers: _tiers, ...rates } = gift!.price!;
    expect(new Set(Object.values(rates))).toEqual(new Set([0]));
    expect(priced!.price).toEqual({ input: 1, output: 2 });
    expect(mixed!.deployments.map((each) => each.config.price?.input)).toEqual([0, undefined]);
    expect(warnings).toEqual([]);
  });

  it('has prices of service tiers, each complete', () => {
    const tiers =
      '{ input: 1, output: 2, service_tiers: { flex: { input: 0.5, output: 1 }, priority: { input: 2 } } }';
    const { config, warnings } = loadText(yaml(tiers, AT));
    expect(config.models[0]!.price!.service_tiers).toEqual({
      flex: { input: 0.5, output: 1 },
      priority: { input: 2 },
    });
    expect(warnings).toEqual([]);
    const tiny = '{ input: 1, output: 2, service_tiers: { fast: { input: 0.0001, reasoning: 2 } } }';
    expect(loadText(yaml(tiny, AT)).warnings).toEqual([
      expect.stringContaining('price.service_tiers.fast.output: missing'),
      expect.stringContaining('price.service_tiers.fast.input: 0.0001 looks like a price per token'),
    ]);
    expect(
      problemsOf(yaml('{ input: 1, service_tiers: { flx: { input: 1 }, batch: { input: -1 } } }', AT)),
    ).toEqual([
      expect.stringContaining('price.service_tiers.flx: unknown key, did you mean "flex"?'),
      expect.stringContaining('price.service_tiers.batch.input: expected a number of US dollars'),
    ]);
  });

  it.each([
    ['gratis', '2 models.openai[0].price: expected "free" or a mapping of prices, got a string'],
    ['2.5', '2 models.openai[0].price: expected "free" or a mapping of prices, got a number'],
    ['{}', '2 models.openai[0].price: has no price at all, expected "free" or at least one'],
    ['{ input: -1 }', '2 models.openai[0].price.input: expected a number of US dollars from 0 to 1000000'],
    ['{ input: 1000001 }', '2 models.openai[0].price.input: expected a number of US dollars'],
    ['{ input: .inf }', '2 models.openai[0].price.input: expected a number of US dollars'],
    ['{ input: 0.0000000001 }', '2 models.openai[0].price.input: expected a number of US dollars'],
    ['{ input: "2,5" }', '2 models.openai[0].price.input: expected a number of US dollars'],
    ['{ inptu: 1 }', '2 models.openai[0].price.inptu: unknown key, did you mean "input"?'],
  ])('of %s is refused', (price, problem) => {
    expect(problemsOf(yaml(price, AT))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['{ input: 0.0000025, output: 10 }', 'price.input: 0.0000025 looks like a price per token'],
    [
      '{ cached_input: 1, output: 2 }',
      'price.input: missing: calls with ordinary input have an unknown cost',
    ],
    ['{ input: 1, reasoning: 2 }', 'price.output: missing: calls with ordinary output have an unknown cost'],
  ])('of %s is warned of', (price, warning) => {
    expect(loadText(yaml(price, AT)).warnings).toEqual([expect.stringContaining(warning)]);
  });
});
