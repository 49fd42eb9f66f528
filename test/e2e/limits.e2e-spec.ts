import { TokenCounter } from '../../src/dialects/counting/token-counter.js';
import { LimitsRig, MESSAGES, codeOf, count } from '../support/limits-rig.js';
import {
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
} from '../support/start-upstream.js';

let rig: LimitsRig;

beforeAll(async () => {
  rig = await LimitsRig.open();
});
beforeEach(() => rig.reset());
afterEach(() => rig.gateway.close());
afterAll(() => rig.upstream.close());

describe('200 clients at once', () => {
  it('make 60 calls of a key with 60 requests per minute', async () => {
    await rig.start({ bot: { limits: { requests_per_minute: 60 } } });
    const responses = await Promise.all(Array.from({ length: 200 }, () => rig.ask('bot')));
    expect([count(responses, 200), count(responses, 429), rig.upstream.calls.length]).toEqual([60, 140, 60]);
  });

  it('never pass a token limit if they limit their tokens', async () => {
    await rig.start({ bot: { limits: { tokens_per_minute: 100_000 } } });
    let tokens = 0;
    rig.upstream.handle(({ res, body }) => {
      const { max_tokens } = JSON.parse(body.toString()) as { max_tokens: number };
      tokens += max_tokens + 10;
      const usage = { prompt_tokens: 10, completion_tokens: max_tokens, total_tokens: max_tokens + 10 };
      sendJson(res, completion('x', { usage }));
    });
    const responses = await Promise.all(
      Array.from({ length: 200 }, () => rig.ask('bot', { max_tokens: 2000 })),
    );
    expect(count(responses, 200) + count(responses, 429)).toBe(200);
    expect(tokens).toBeLessThanOrEqual(100_000);
    expect(tokens).toBeGreaterThan(90_000);
  });

  it('are as many as max_concurrent allows', async () => {
    await rig.start({ bot: { limits: { max_concurrent: 5 } } });
    let running = 0;
    let most = 0;
    rig.upstream.handle(({ res }) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        sendJson(res, completion());
      }, 200);
    });
    const responses = await Promise.all(Array.from({ length: 200 }, () => rig.ask('bot')));
    expect(most).toBeLessThanOrEqual(5);
    expect(count(responses, 200)).toBeGreaterThanOrEqual(5);
    // All were released: five more get in.
    const again = await Promise.all(Array.from({ length: 5 }, () => rig.ask('bot')));
    expect(count(again, 200)).toBe(5);
  });

  it('share the limits of their team, and a refusal of the team takes nothing from the key', async () => {
    await rig.start(
      {
        one: { team: 'search', limits: { requests_per_minute: 50 } },
        two: { team: 'search', limits: { requests_per_minute: 50 } },
        alone: {},
      },
      [{ name: 'search', limits: { requests_per_minute: 60 } }],
    );
    const all = Array.from({ length: 200 }, (_, index) => rig.ask(index % 2 === 0 ? 'one' : 'two'));
    expect(count(await Promise.all(all), 200)).toBe(60);
    expect((await rig.ask('alone')).status).toBe(200);
  });
});

it('counts retries and fallbacks as one request', async () => {
  await rig.start({ bot: { limits: { requests_per_minute: 2 } } });
  let failures = 2;
  rig.upstream.handle(({ res }) => (failures-- > 0 ? sendJson(res, {}, 503) : sendJson(res, completion())));
  expect((await rig.ask('bot', { model: 'twice' })).status).toBe(200);
  expect(rig.upstream.calls).toHaveLength(3);
  expect((await rig.ask('bot')).status).toBe(200);
  expect((await rig.ask('bot')).status).toBe(429);
});

it("does not count what the gateway itself refuses, and counts a service's failures as requests", async () => {
  await rig.start({ bot: { models: ['chat', 'narrow', 'dead'], limits: { requests_per_minute: 2 } } });
  expect((await rig.ask('bot', { messages: [] })).status).toBe(400);
  expect((await rig.ask('bot', { model: 'none' })).status).toBe(404);
  expect((await rig.ask('bot', { model: 'twice' })).status).toBe(403);
  expect((await rig.post('/v1/responses', 'bot', { model: 'chat' })).status).toBe(400);
  rig.upstream.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 400));
  expect((await rig.ask('bot')).status).toBe(400);
  expect((await rig.ask('bot', { model: 'dead' })).status).toBe(500);
  expect((await rig.ask('bot')).status).toBe(429);
});

it('gives a request back whose client left while it was waiting for the model', async () => {
  await rig.start({ bot: { limits: { requests_per_minute: 2, max_concurrent: 2 } }, other: {} });
  const held: UpstreamCall[] = [];
  rig.upstream.handle((call) => void held.push(call));
  const first = rig.ask('other', { model: 'narrow' });
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let call = 0; call < 3; call++) {
    await expect(rig.ask('bot', { model: 'narrow' }, AbortSignal.timeout(100))).rejects.toThrow();
  }
  while (rig.gateway.running.count > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  sendJson(held[0]!.res, completion());
  await first;
  rig.upstream.handle(({ res }) => sendJson(res, completion()));
  while (rig.gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(count(await Promise.all([rig.ask('bot'), rig.ask('bot')]), 200)).toBe(2);
  expect((await rig.ask('bot')).status).toBe(429);
});

it('releases a stream that broke off, and one whose client left', async () => {
  await rig.start({ bot: { limits: { max_concurrent: 1 } } });
  rig.upstream.handle(({ res }) => {
    beginStream(res);
    res.write(chunkEvent('a'));
    setTimeout(() => res.destroy(), 20);
  });
  await (await rig.ask('bot', { stream: true })).text();
  const controller = new AbortController();
  rig.upstream.handle(({ res }) => {
    beginStream(res);
    res.write(chunkEvent('a'));
  });
  const stream = await rig.ask('bot', { stream: true }, controller.signal);
  expect(stream.status).toBe(200);
  expect((await rig.ask('bot')).status).toBe(429);
  controller.abort();
  while (rig.gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  rig.upstream.handle(({ res }) => sendJson(res, completion()));
  expect((await rig.ask('bot')).status).toBe(200);
});

it('releases the slot of a call whose text is still being counted, and counts it', async () => {
  await rig.start({ bot: { limits: { max_concurrent: 1, tokens_per_minute: 50_000 } } });
  const counter = rig.gateway.app.get(TokenCounter);
  const countNow = counter.count.bind(counter);
  let goOn: (() => void) | undefined;
  const counting = new Promise<void>((resolve) => {
    jest.spyOn(counter, 'count').mockImplementation(async (texts) => {
      resolve();
      await new Promise<void>((go) => (goOn = go));
      return countNow(texts);
    });
  });
  rig.upstream.handle(({ res }) => {
    beginStream(res);
    res.end(`${chunkEvent('some words', 'stop')}data: [DONE]\n\n`);
  });
  await (await rig.ask('bot', { stream: true })).text();
  await counting;
  rig.upstream.handle(({ res }) => sendJson(res, completion()));
  const next = await rig.ask('bot');
  expect(next.status).toBe(200);
  jest.restoreAllMocks();
  goOn!();
  while (rig.gateway.running.count > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // The place that was left is not given back twice.
  rig.upstream.handle(({ res }) => void setTimeout(() => sendJson(res, completion()), 200));
  const two = await Promise.all([rig.ask('bot'), rig.ask('bot')]);
  expect([count(two, 200), count(two, 429)]).toEqual([1, 1]);
});

it('counts the input by the tokenizer if its bytes would be too many', async () => {
  await rig.start({ bot: { limits: { tokens_per_minute: 2000 } } });
  const messages = [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog. '.repeat(100) }];
  expect((await rig.ask('bot', { messages, max_tokens: 500 })).status).toBe(200);
  const tooLong = [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog. '.repeat(300) }];
  expect((await rig.ask('bot', { messages: tooLong, max_tokens: 500 })).headers.get('x-should-retry')).toBe(
    'false',
  );
});

it('does not refuse a call for good that fits once the minute is over', async () => {
  await rig.start({ bot: { limits: { tokens_per_minute: 500 } } });
  const usage = { prompt_tokens: 10, completion_tokens: 600, total_tokens: 610 };
  rig.upstream.handle(({ res }) => sendJson(res, completion('x', { usage })));
  await rig.ask('bot', { max_tokens: 100 });
  // More bytes than the limit allows tokens, though far fewer tokens.
  const messages = [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog. '.repeat(20) }];
  const refused = await rig.ask('bot', { messages, max_tokens: 100 });
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'true']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const embedding = await rig.post('/v1/embeddings', 'bot', { model: 'embed', input: messages[0]!.content });
  expect([embedding.status, embedding.headers.get('x-should-retry')]).toEqual([429, 'true']);
});

it('counts tests of models and counts of tokens as requests', async () => {
  await rig.start({ bot: { limits: { requests_per_minute: 2, tokens_per_minute: 3000 } } });
  const counted = await rig.post('/v1/messages/count_tokens', 'bot', { model: 'chat', messages: MESSAGES });
  expect([counted.status, counted.headers.get('anthropic-ratelimit-tokens-remaining')]).toEqual([
    200,
    '3000',
  ]);
  expect((await rig.post('/v1/models/chat/test', 'bot', {})).status).toBe(200);
  const refused = await rig.post('/v1/models/chat/test', 'bot', {});
  expect([refused.status, await codeOf(refused)]).toEqual([429, 'rate_limit_exceeded']);
});

it('follows the configuration: a raised limit holds at once, a removed one is gone, counters stay', async () => {
  await rig.start({ bot: { limits: { requests_per_minute: 2 } } });
  const reload = (limits?: Record<string, unknown>) =>
    rig.gateway.reload(rig.configOf({ bot: limits === undefined ? {} : { limits } }));
  const askAll = async () => count(await Promise.all(Array.from({ length: 10 }, () => rig.ask('bot'))), 200);
  expect(await askAll()).toBe(2);
  await reload({ requests_per_minute: 5 });
  expect(await askAll()).toBe(3);
  await reload();
  expect(await askAll()).toBe(10);
  await reload({ requests_per_minute: 7 });
  expect(await askAll()).toBe(2);
});
