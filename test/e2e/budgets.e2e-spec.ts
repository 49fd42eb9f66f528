import { Scrape } from '../support/scrape.js';
import { SINGLE_ATTEMPTS, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, completion, startUpstream } from '../support/start-upstream.js';

const USAGE = { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 };
const BODY = { messages: [{ role: 'user', content: 'hi' }] };
const keyOf = (name: string) => `sk-${name}-0123456789`;

interface Limits {
  readonly state: string;
  readonly time_zone: string;
  readonly data: readonly {
    readonly scope: string;
    readonly name: string;
    readonly limits: readonly Record<string, unknown>[];
    readonly refusals: Record<string, number>;
  }[];
}

describe('budgets, as they are enforced and shown', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startUpstream(({ res }) => res.end(JSON.stringify(completion('x', { usage: USAGE }))));
    const base_url = upstream.url;
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      auth: {
        time_zone: 'Asia/Shanghai',
        teams: [{ name: 'search', limits: { budget: { usd: 1, per: 'month' } } }],
        api_keys: [
          { name: 'bot', key: keyOf('bot'), team: 'search', limits: { budget: { usd: 0.01, per: 'total' } } },
          { name: 'free', key: keyOf('free'), limits: { requests_per_minute: 60, max_concurrent: 5 } },
          { name: 'boss', key: keyOf('boss'), admin: true },
        ],
      },
      models: {
        openai: [
          { name: 'priced', base_url, price: { input: 1, output: 10 } },
          { name: 'in-house', base_url },
        ],
      },
    });
  });

  afterAll(() => Promise.all([gateway.close(), upstream.close()]));

  const ask = async (name: string, model: string): Promise<number> => {
    const response = await gateway.chat({ model, ...BODY }, { key: keyOf(name) });
    await response.text();
    return response.status;
  };
  const limitsOf = async (name: string): Promise<Limits> =>
    (await (await gateway.get('/v1/limits', { key: keyOf(name) })).json()) as Limits;

  it('are one figure in the refusal, the route, the metrics and the log', async () => {
    expect(await ask('bot', 'priced')).toBe(200);
    expect(await ask('bot', 'priced')).toBe(200);
    expect(await ask('bot', 'priced')).toBe(429);
    expect(await ask('free', 'in-house')).toBe(200);

    const all = await limitsOf('boss');
    expect([all.state, all.time_zone]).toEqual(['memory', 'Asia/Shanghai']);
    const find = (scope: string, name: string) =>
      all.data.find((each) => each.scope === scope && each.name === name)!;
    expect(find('key', 'bot')).toEqual({
      scope: 'key',
      name: 'bot',
      limits: [
        {
          what: 'budget',
          limit: 0.01,
          used: 0.012,
          reserved: 0,
          remaining: 0,
          per: 'total',
          period: 'total',
          resets_at: null,
        },
      ],
      refusals: { requests: 0, tokens: 0, concurrency: 0, budget: 1 },
    });
    const [team] = find('team', 'search').limits;
    expect(team).toMatchObject({ limit: 1, used: 0.012, remaining: 0.988, per: 'month' });
    expect(team!['resets_at']).toMatch(/T16:00:00\.000Z$/);
    expect(find('key', 'free').limits).toEqual([
      { what: 'requests', limit: 60, used: 1, reserved: 0, remaining: 59 },
      { what: 'concurrency', limit: 5, used: 0, reserved: 0, remaining: 5 },
    ]);

    const scrape = new Scrape(await (await gateway.get('/metrics', { key: keyOf('boss') })).text());
    const labels = 'scope="key",name="bot",per="total"';
    expect(scrape.series('llm_gateway_spend_usd_total')).toEqual({
      'llm_gateway_spend_usd_total{model="priced",client="bot",team="search"}': 0.012,
      'llm_gateway_spend_usd_total{model="in-house",client="free",team="none"}': 0,
    });
    expect(
      scrape.value('llm_gateway_unpriced_requests_total{model="in-house",client="free",team="none"}'),
    ).toBe(1);
    expect(scrape.value(`llm_gateway_budget_usd{${labels}}`)).toBe(0.01);
    expect(scrape.value(`llm_gateway_budget_used_usd{${labels}}`)).toBe(0.012);
    expect(scrape.value(`llm_gateway_budget_remaining_usd{${labels}}`)).toBe(0);
    expect(scrape.value('llm_gateway_limit_refusals_total{scope="key",name="bot",limit="budget"}')).toBe(1);
    expect(scrape.series('llm_gateway_limiter_state')).toEqual({
      'llm_gateway_limiter_state{state="memory"}': 1,
      'llm_gateway_limiter_state{state="shared"}': 0,
      'llm_gateway_limiter_state{state="away"}': 0,
    });

    const alerts = () => gateway.log().filter(({ message }) => message === 'budget spent');
    await until(() => alerts().length === 3);
    expect(alerts().map(({ client, percent }) => [client, percent])).toEqual([
      ['bot', 50],
      ['bot', 80],
      ['bot', 100],
    ]);
    expect(alerts()[0]).toMatchObject({ level: 'warn', spent_usd: 0.012, budget_usd: 0.01, per: 'total' });
  });

  it('are shown to each key as far as they are its own', async () => {
    expect((await limitsOf('bot')).data.map(({ scope, name }) => [scope, name])).toEqual([
      ['team', 'search'],
      ['key', 'bot'],
    ]);
    expect((await limitsOf('free')).data.map(({ name }) => name)).toEqual(['free']);
    expect((await gateway.get('/v1/limits', { key: 'sk-wrong' })).status).toBe(401);
  });
});
