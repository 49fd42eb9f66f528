import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { LimitsRig, codeOf } from '../support/limits-rig.js';
import { completion, sendJson } from '../support/start-upstream.js';

let rig: LimitsRig;

beforeAll(async () => {
  rig = await LimitsRig.open();
});
beforeEach(() => rig.reset());
afterEach(() => rig.gateway.close());
afterAll(() => rig.upstream.close());

it.each([
  [{ requests_per_minute: 1 }, /^The key 'bot' may make 1 request per minute\. /],
  [{ max_concurrent: 1 }, /^The key 'bot' may have 1 call running at the same time\. /],
])('uses the singular in the message of a limit of one: %j', async (limits, message) => {
  await rig.start({ bot: { limits } });
  rig.upstream.handle(({ res }) => void setTimeout(() => sendJson(res, completion()), 1000));
  const [one, other] = await Promise.all([rig.ask('bot'), rig.ask('bot')]);
  const refused = one.status === 429 ? one : other;
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
});

describe('responses', () => {
  const HIGH = { requests_per_minute: 2, tokens_per_minute: 50_000 };

  it("show what is left in OpenAI's headers, and not the service's own", async () => {
    await rig.start({ bot: { limits: HIGH }, free: {} });
    rig.upstream.handle(({ res }) => {
      res.setHeader('x-ratelimit-remaining-tokens', '77');
      res.setHeader('x-ratelimit-limit-input-images', '5');
      sendJson(res, completion());
    });
    const { headers } = await rig.ask('bot', { max_tokens: 100 });
    expect(headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('50000');
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBeLessThanOrEqual(49_900);
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(1m0s|59\.\d+s)$/);
    expect(headers.get('x-ratelimit-limit-input-images')).toBeNull();
    const free = await rig.ask('free');
    expect(free.headers.get('x-ratelimit-remaining-tokens')).toBe('77');
    expect(free.headers.get('x-ratelimit-limit-requests')).toBeNull();
  });

  it('say which limit was reached, whose, and for how long', async () => {
    await rig.start({ bot: { limits: HIGH } });
    await Promise.all([rig.ask('bot'), rig.ask('bot')]);
    const refused = await rig.ask('bot');
    const { headers } = refused;
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({
      error: {
        message: expect.stringMatching(
          /^The key 'bot' may make 2 requests per minute\. .* in \d+ seconds\.$/,
        ),
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limit_exceeded',
      },
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(55);
    expect(Number(headers.get('retry-after-ms'))).toBeLessThanOrEqual(60_000);
    expect(headers.get('x-should-retry')).toBe('true');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  it('refuse for good a call that can never fit', async () => {
    await rig.start({ bot: { limits: { tokens_per_minute: 1000 } } });
    const refused = await rig.ask('bot', { max_tokens: 1500 });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(await codeOf(refused)).toBe('rate_limit_exceeded');
    expect((await rig.ask('bot', { max_tokens: 500 })).status).toBe(200);
  });

  it('have the headers and errors of each SDK', async () => {
    await rig.start({ bot: { limits: HIGH } });
    const openai = new OpenAI({ baseURL: `${rig.gateway.url}/v1`, apiKey: 'sk-bot', maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: rig.gateway.url, apiKey: 'sk-bot', maxRetries: 0 });
    const message = () =>
      anthropic.messages
        .create({ model: 'chat', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] })
        .withResponse();
    const { response } = await message();
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1');
    expect(response.headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^\d{4}-.*:\d{2}Z$/);
    expect(response.headers.get('x-ratelimit-limit-requests')).toBeNull();
    await message();
    await expect(message()).rejects.toMatchObject({
      status: 429,
      error: { error: { type: 'rate_limit_error', details: { error_code: 'rate_limit_exceeded' } } },
    });
    const chat = openai.chat.completions.create({
      model: 'chat',
      messages: [{ role: 'user', content: 'hi' }],
    });
    await expect(chat).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });
});
