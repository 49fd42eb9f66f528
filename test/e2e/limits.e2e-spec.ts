import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { TokenCounter } from '../../src/dialects/counting/token-counter.js';
import { Limiter } from '../../src/limits/limiter.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];

let upstream: TestUpstream;
let gateway: TestGateway;

/** Keys by name; the key of each is `sk-` and its name. */
function auth(keys: Record<string, Record<string, unknown>>, teams?: Record<string, unknown>[]) {
  const api_keys = Object.entries(keys).map(([name, rest]) => ({ name, key: `sk-${name}`, ...rest }));
  return { api_keys, ...(teams && { teams }) };
}

const models = () => ({
  openai: [
    { name: 'chat', base_url: upstream.url, api_key: 'k' },
    { name: 'dear', base_url: upstream.url, api_key: 'k', price: { input: 100, output: 1000 } },
    {
      name: 'painter',
      base_url: upstream.url,
      api_key: 'k',
      speaks: ['openai-images'],
      price: { per_image: 0.04 },
    },
    {
      name: 'capped',
      base_url: upstream.url,
      api_key: 'k',
      max_tokens: 10,
      price: { input: 0, output: 1000 },
    },
    { name: 'gratis', base_url: upstream.url, api_key: 'k', price: 'free' },
    { name: 'narrow', base_url: upstream.url, api_key: 'k', limits: { max_concurrent: 1 } },
    { name: 'dead', base_url: 'http://127.0.0.1:9', api_key: 'k', retry: { max_retries: 0 } },
    { name: 'twice', base_url: upstream.url, api_key: 'k', retry: { max_retries: 2, backoff_seconds: 0 } },
  ],
});
const start = async (keys: Record<string, Record<string, unknown>>, teams?: Record<string, unknown>[]) => {
  gateway = await startGateway({ auth: auth(keys, teams), models: models() });
};
const ask = (name: string, body: Record<string, unknown> = {}, signal?: AbortSignal) =>
  gateway.chat({ model: 'chat', messages: MESSAGES, ...body }, { key: `sk-${name}`, signal });
const post = (path: string, name: string, body: unknown) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer sk-${name}` },
    body: JSON.stringify(body),
  });
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error: { code: unknown } }).error.code;
const count = (responses: readonly Response[], status: number) =>
  responses.filter((response) => response.status === status).length;

beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(() => {
  upstream.calls.length = 0;
  upstream.handle(({ res }) => sendJson(res, completion()));
});
afterEach(() => gateway.close());
afterAll(() => upstream.close());

describe('200 clients at once', () => {
  it('make 60 calls of a key with 60 requests per minute', async () => {
    await start({ bot: { limits: { requests_per_minute: 60 } } });
    const responses = await Promise.all(Array.from({ length: 200 }, () => ask('bot')));
    expect([count(responses, 200), count(responses, 429), upstream.calls.length]).toEqual([60, 140, 60]);
  });

  it('never pass a token limit where they limit their tokens', async () => {
    await start({ bot: { limits: { tokens_per_minute: 100_000 } } });
    let tokens = 0;
    upstream.handle(({ res, body }) => {
      const { max_tokens } = JSON.parse(body.toString()) as { max_tokens: number };
      tokens += max_tokens + 10;
      const usage = { prompt_tokens: 10, completion_tokens: max_tokens, total_tokens: max_tokens + 10 };
      sendJson(res, completion('x', { usage }));
    });
    const responses = await Promise.all(Array.from({ length: 200 }, () => ask('bot', { max_tokens: 2000 })));
    expect(count(responses, 200) + count(responses, 429)).toBe(200);
    expect(tokens).toBeLessThanOrEqual(100_000);
    expect(tokens).toBeGreaterThan(90_000);
  });

  it('are as many as max_concurrent allows', async () => {
    await start({ bot: { limits: { max_concurrent: 5 } } });
    let running = 0;
    let most = 0;
    upstream.handle(({ res }) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        sendJson(res, completion());
      }, 200);
    });
    const responses = await Promise.all(Array.from({ length: 200 }, () => ask('bot')));
    expect(most).toBeLessThanOrEqual(5);
    expect(count(responses, 200)).toBeGreaterThanOrEqual(5);
    // All were released: five more get in.
    const again = await Promise.all(Array.from({ length: 5 }, () => ask('bot')));
    expect(count(again, 200)).toBe(5);
  });

  it('share the limits of their team, and a refusal of the team takes nothing from the key', async () => {
    await start(
      {
        one: { team: 'search', limits: { requests_per_minute: 50 } },
        two: { team: 'search', limits: { requests_per_minute: 50 } },
        alone: {},
      },
      [{ name: 'search', limits: { requests_per_minute: 60 } }],
    );
    const all = Array.from({ length: 200 }, (_, index) => ask(index % 2 === 0 ? 'one' : 'two'));
    expect(count(await Promise.all(all), 200)).toBe(60);
    expect((await ask('alone')).status).toBe(200);
  });
});

describe('a budget', () => {
  it('is never passed by 200 clients at once that limit their tokens', async () => {
    await start({ bot: { limits: { budget: { usd: 5, per: 'day' } } } });
    let usd = 0;
    upstream.handle(({ res, body }) => {
      const { max_tokens } = JSON.parse(body.toString()) as { max_tokens: number };
      usd += (10 * 100 + max_tokens * 1000) / 1e6;
      const usage = { prompt_tokens: 10, completion_tokens: max_tokens, total_tokens: max_tokens + 10 };
      sendJson(res, completion('x', { usage }));
    });
    const call = () => ask('bot', { model: 'dear', max_tokens: 100 });
    const responses = await Promise.all(Array.from({ length: 200 }, call));
    expect(count(responses, 200) + count(responses, 429)).toBe(200);
    expect(usd).toBeLessThanOrEqual(5);
    expect(usd).toBeGreaterThan(4.7);
    const { limits } = (await gateway.app.get(Limiter).states())[0]!;
    expect(limits).toMatchObject([{ what: 'budget', used: Math.round(usd * 1e9), reserved: 0, limit: 5e9 }]);
  });

  it.each([
    ['/v1/images/generations', { model: 'painter', prompt: 'x', n: 5 }, 0.2],
    ['/v1/chat/completions', { model: 'capped', messages: MESSAGES, n: 5 }, 0.05],
  ])('is not passed by clients that ask for several replies at once: %s', async (path, body, price) => {
    await start({ bot: { limits: { budget: { usd: 1, per: 'day' } } } });
    upstream.handle(({ res, path: at }) => {
      const usage = { prompt_tokens: 0, completion_tokens: 50, total_tokens: 50 };
      const data = Array.from({ length: 5 }, () => ({ b64_json: 'AAAA' }));
      sendJson(res, at.includes('images') ? { created: 1, data } : completion('x', { usage }));
    });
    const responses = await Promise.all(Array.from({ length: 50 }, () => post(path, 'bot', body)));
    const made = count(responses, 200);
    expect(made + count(responses, 429)).toBe(50);
    expect(made).toBeGreaterThan(2);
    expect(made * price).toBeLessThanOrEqual(1);
  });

  it('refuses for the rest of the period, says when that ends, and is not to be retried', async () => {
    await start({ bot: { team: 'all' } }, [{ name: 'all', limits: { budget: { usd: 0.01, per: 'month' } } }]);
    expect((await ask('bot', { model: 'dear', max_tokens: 5 })).status).toBe(200);
    const refused = await ask('bot', { model: 'dear', max_tokens: 50 });
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

it('says so where nothing of a budget is left, whatever the call costs', async () => {
  await start({ bot: { limits: { budget: { usd: 0.01, per: 'total' } } } });
  const usage = { prompt_tokens: 10, completion_tokens: 100, total_tokens: 110 };
  upstream.handle(({ res }) => sendJson(res, completion('x', { usage })));
  expect((await ask('bot', { model: 'dear', max_tokens: 5 })).status).toBe(200);
  const refused = await ask('bot', { model: 'gratis' });
  expect([refused.status, await refused.json()]).toMatchObject([
    429,
    {
      error: {
        message: "The key 'bot' has a budget of 0.01 USD in total; nothing of it is left. It is not renewed.",
      },
    },
  ]);
});

it.each([
  [{ requests_per_minute: 1 }, /^The key 'bot' may make 1 request per minute\. /],
  [{ max_concurrent: 1 }, /^The key 'bot' may have 1 call running at the same time\. /],
])('counts one as one in %j', async (limits, message) => {
  await start({ bot: { limits } });
  upstream.handle(({ res }) => void setTimeout(() => sendJson(res, completion()), 1000));
  const [one, other] = await Promise.all([ask('bot'), ask('bot')]);
  const refused = one.status === 429 ? one : other;
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
});

it('counts retries and fallbacks as one request', async () => {
  await start({ bot: { limits: { requests_per_minute: 2 } } });
  let failures = 2;
  upstream.handle(({ res }) => (failures-- > 0 ? sendJson(res, {}, 503) : sendJson(res, completion())));
  expect((await ask('bot', { model: 'twice' })).status).toBe(200);
  expect(upstream.calls).toHaveLength(3);
  expect((await ask('bot')).status).toBe(200);
  expect((await ask('bot')).status).toBe(429);
});

it("does not count what the gateway itself refuses, and counts a service's failures as requests", async () => {
  await start({ bot: { models: ['chat', 'narrow', 'dead'], limits: { requests_per_minute: 2 } } });
  expect((await ask('bot', { messages: [] })).status).toBe(400);
  expect((await ask('bot', { model: 'none' })).status).toBe(404);
  expect((await ask('bot', { model: 'twice' })).status).toBe(403);
  expect((await post('/v1/responses', 'bot', { model: 'chat' })).status).toBe(400);
  upstream.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 400));
  expect((await ask('bot')).status).toBe(400);
  expect((await ask('bot', { model: 'dead' })).status).toBe(500);
  expect((await ask('bot')).status).toBe(429);
});

it('gives a request back whose client left while it was waiting for the model', async () => {
  await start({ bot: { limits: { requests_per_minute: 2, max_concurrent: 2 } }, other: {} });
  const held: UpstreamCall[] = [];
  upstream.handle((call) => void held.push(call));
  const first = ask('other', { model: 'narrow' });
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let call = 0; call < 3; call++) {
    await expect(ask('bot', { model: 'narrow' }, AbortSignal.timeout(100))).rejects.toThrow();
  }
  while (gateway.running.count > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  sendJson(held[0]!.res, completion());
  await first;
  upstream.handle(({ res }) => sendJson(res, completion()));
  while (gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(count(await Promise.all([ask('bot'), ask('bot')]), 200)).toBe(2);
  expect((await ask('bot')).status).toBe(429);
});

it('releases a stream that broke off, and one whose client left', async () => {
  await start({ bot: { limits: { max_concurrent: 1 } } });
  upstream.handle(({ res }) => {
    beginStream(res);
    res.write(chunkEvent('a'));
    setTimeout(() => res.destroy(), 20);
  });
  await (await ask('bot', { stream: true })).text();
  const controller = new AbortController();
  upstream.handle(({ res }) => {
    beginStream(res);
    res.write(chunkEvent('a'));
  });
  const stream = await ask('bot', { stream: true }, controller.signal);
  expect(stream.status).toBe(200);
  expect((await ask('bot')).status).toBe(429);
  controller.abort();
  while (gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  upstream.handle(({ res }) => sendJson(res, completion()));
  expect((await ask('bot')).status).toBe(200);
});

it('releases a call whose words are still being counted, and counts them', async () => {
  await start({ bot: { limits: { max_concurrent: 1, tokens_per_minute: 50_000 } } });
  const counter = gateway.app.get(TokenCounter);
  const countNow = counter.count.bind(counter);
  let goOn: (() => void) | undefined;
  const counting = new Promise<void>((resolve) => {
    jest.spyOn(counter, 'count').mockImplementation(async (texts) => {
      resolve();
      await new Promise<void>((go) => (goOn = go));
      return countNow(texts);
    });
  });
  upstream.handle(({ res }) => {
    beginStream(res);
    res.end(`${chunkEvent('some words', 'stop')}data: [DONE]\n\n`);
  });
  await (await ask('bot', { stream: true })).text();
  await counting;
  upstream.handle(({ res }) => sendJson(res, completion()));
  const next = await ask('bot');
  expect(next.status).toBe(200);
  jest.restoreAllMocks();
  goOn!();
  while (gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // The place that was left is not given back twice.
  upstream.handle(({ res }) => void setTimeout(() => sendJson(res, completion()), 200));
  const two = await Promise.all([ask('bot'), ask('bot')]);
  expect([count(two, 200), count(two, 429)]).toEqual([1, 1]);
});

describe('responses', () => {
  const HIGH = { requests_per_minute: 2, tokens_per_minute: 50_000 };

  it("show what is left in OpenAI's headers, and not the service's own", async () => {
    await start({ bot: { limits: HIGH }, free: {} });
    upstream.handle(({ res }) => {
      res.setHeader('x-ratelimit-remaining-tokens', '77');
      res.setHeader('x-ratelimit-limit-input-images', '5');
      sendJson(res, completion());
    });
    const { headers } = await ask('bot', { max_tokens: 100 });
    expect(headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(headers.get('x-ratelimit-limit-tokens')).toBe('50000');
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBeLessThanOrEqual(49_900);
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(1m0s|59\.\d+s)$/);
    expect(headers.get('x-ratelimit-limit-input-images')).toBeNull();
    const free = await ask('free');
    expect(free.headers.get('x-ratelimit-remaining-tokens')).toBe('77');
    expect(free.headers.get('x-ratelimit-limit-requests')).toBeNull();
  });

  it('say which limit was reached, whose, and for how long', async () => {
    await start({ bot: { limits: HIGH } });
    await Promise.all([ask('bot'), ask('bot')]);
    const refused = await ask('bot');
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
    await start({ bot: { limits: { tokens_per_minute: 1000 } } });
    const refused = await ask('bot', { max_tokens: 1500 });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(await codeOf(refused)).toBe('rate_limit_exceeded');
    expect((await ask('bot', { max_tokens: 500 })).status).toBe(200);
  });

  it('are in the words of each SDK', async () => {
    await start({ bot: { limits: HIGH } });
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-bot', maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'sk-bot', maxRetries: 0 });
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

it('counts the input by the tokenizer where its bytes would be too many', async () => {
  await start({ bot: { limits: { tokens_per_minute: 2000 } } });
  const messages = [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog. '.repeat(100) }];
  expect((await ask('bot', { messages, max_tokens: 500 })).status).toBe(200);
  const tooLong = [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog. '.repeat(300) }];
  expect((await ask('bot', { messages: tooLong, max_tokens: 500 })).headers.get('x-should-retry')).toBe(
    'false',
  );
});

it('counts tests of models and counts of tokens as requests', async () => {
  await start({ bot: { limits: { requests_per_minute: 2, tokens_per_minute: 3000 } } });
  const counted = await post('/v1/messages/count_tokens', 'bot', { model: 'chat', messages: MESSAGES });
  expect([counted.status, counted.headers.get('anthropic-ratelimit-tokens-remaining')]).toEqual([
    200,
    '3000',
  ]);
  expect((await post('/v1/models/chat/test', 'bot', {})).status).toBe(200);
  const refused = await post('/v1/models/chat/test', 'bot', {});
  expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate_limit_exceeded']);
});

it('follows the configuration: a raised limit holds at once, a removed one is gone, counters stay', async () => {
  await start({ bot: { limits: { requests_per_minute: 2 } } });
  const reload = (limits?: Record<string, unknown>) =>
    gateway.reload({ auth: auth({ bot: limits === undefined ? {} : { limits } }), models: models() });
  const askAll = async () => count(await Promise.all(Array.from({ length: 10 }, () => ask('bot'))), 200);
  expect(await askAll()).toBe(2);
  await reload({ requests_per_minute: 5 });
  expect(await askAll()).toBe(3);
  await reload();
  expect(await askAll()).toBe(10);
  await reload({ requests_per_minute: 7 });
  expect(await askAll()).toBe(2);
});
