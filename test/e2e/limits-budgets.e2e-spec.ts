import { Limiter } from '../../src/limits/limiter.js';
import { LimitsRig, MESSAGES, count } from '../support/limits-rig.js';
import { completion, sendJson } from '../support/start-upstream.js';

let rig: LimitsRig;

beforeAll(async () => {
  rig = await LimitsRig.open();
});
beforeEach(() => rig.reset());
afterEach(() => rig.gateway.close());
afterAll(() => rig.upstream.close());

describe('a budget', () => {
  it('is never passed by 200 clients at once that limit their tokens', async () => {
    await rig.start({ bot: { limits: { budget: { usd: 5, per: 'day' } } } });
    let usd = 0;
    rig.upstream.handle(({ res, body }) => {
      const { max_tokens } = JSON.parse(body.toString()) as { max_tokens: number };
      usd += (10 * 100 + max_tokens * 1000) / 1e6;
      const usage = { prompt_tokens: 10, completion_tokens: max_tokens, total_tokens: max_tokens + 10 };
      sendJson(res, completion('x', { usage }));
    });
    const call = () => rig.ask('bot', { model: 'dear', max_tokens: 100 });
    const responses = await Promise.all(Array.from({ length: 200 }, call));
    expect(count(responses, 200) + count(responses, 429)).toBe(200);
    expect(usd).toBeLessThanOrEqual(5);
    expect(usd).toBeGreaterThan(4.7);
    const { limits } = (await rig.gateway.app.get(Limiter).states())[0]!;
    expect(limits).toMatchObject([{ what: 'budget', used: Math.round(usd * 1e9), reserved: 0, limit: 5e9 }]);
  });

  it.each([
    ['/v1/images/generations', { model: 'painter', prompt: 'x', n: 5 }, 0.2],
    ['/v1/chat/completions', { model: 'capped', messages: MESSAGES, n: 5 }, 0.05],
  ])('is not passed by clients that ask for several replies at once: %s', async (path, body, price) => {
    await rig.start({ bot: { limits: { budget: { usd: 1, per: 'day' } } } });
    rig.upstream.handle(({ res, path: at }) => {
      const usage = { prompt_tokens: 0, completion_tokens: 50, total_tokens: 50 };
      const data = Array.from({ length: 5 }, () => ({ b64_json: 'AAAA' }));
      sendJson(res, at.includes('images') ? { created: 1, data } : completion('x', { usage }));
    });
    const responses = await Promise.all(Array.from({ length: 50 }, () => rig.post(path, 'bot', body)));
    const made = count(responses, 200);
    expect(made + count(responses, 429)).toBe(50);
    expect(made).toBeGreaterThan(2);
    expect(made * price).toBeLessThanOrEqual(1);
  });

  it('ends according to the time zone of a reload, and keeps what was spent', async () => {
    const keys = { bot: { limits: { budget: { usd: 5, per: 'year' } } } };
    await rig.start(keys);
    await rig.ask('bot', { model: 'dear', max_tokens: 5 });
    const stateOf = async () => (await rig.gateway.app.get(Limiter).states())[0]!.limits[0]!;
    const before = await stateOf();
    const { auth, ...config } = rig.configOf(keys);
    await rig.gateway.reload({ ...config, auth: { ...auth, time_zone: 'Asia/Shanghai' } });
    const after = await stateOf();
    expect([after.used, after.period!.endMs]).toEqual([before.used, before.period!.endMs - 8 * 3_600_000]);
    const refused = await rig.ask('bot', { model: 'dear', max_tokens: 50_000 });
    expect(await refused.text()).toMatch(/It is renewed at \d{4}-12-31T16:00:00\.000Z/);
  });

  it('refuses for the rest of the period, reports its end, and tells clients not to retry', async () => {
    await rig.start({ bot: { team: 'all' } }, [
      { name: 'all', limits: { budget: { usd: 0.01, per: 'month' } } },
    ]);
    expect((await rig.ask('bot', { model: 'dear', max_tokens: 5 })).status).toBe(200);
    const refused = await rig.ask('bot', { model: 'dear', max_tokens: 50 });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect([refused.status, await refused.json()]).toEqual([
      429,
      {
        error: {
          message: expect.stringMatching(
            /^The team 'all' has a budget of 0\.01 USD per month; .*which may cost 0\.0\d+ USD\. It is renewed at \d{4}-\d{2}-01T00:00:00\.000Z\.$/,
          ),
          type: 'rate_limit_error',
          param: null,
          code: 'budget_exceeded',
        },
      },
    ]);
  });
});

it('reports that nothing of a budget is left, even for a call that costs nothing', async () => {
  await rig.start({ bot: { limits: { budget: { usd: 0.01, per: 'total' } } } });
  const usage = { prompt_tokens: 10, completion_tokens: 100, total_tokens: 110 };
  rig.upstream.handle(({ res }) => sendJson(res, completion('x', { usage })));
  expect((await rig.ask('bot', { model: 'dear', max_tokens: 5 })).status).toBe(200);
  const refused = await rig.ask('bot', { model: 'gratis' });
  expect([refused.status, await refused.json()]).toMatchObject([
    429,
    {
      error: {
        message: "The key 'bot' has a budget of 0.01 USD in total; nothing of it is left. It is not renewed.",
      },
    },
  ]);
});
