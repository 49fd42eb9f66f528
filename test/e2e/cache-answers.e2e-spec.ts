import { poll } from '../support/cli-process.js';
import { type UpstreamCall, completion, sendJson } from '../support/start-upstream.js';
import { Scrape } from '../support/scrape.js';
import {
  type Seen,
  KEYS,
  OTHER_TEAM,
  ask,
  cachesOf,
  configOf,
  gateway,
  openCachedAnswers,
  question,
  upstream,
} from '../support/cached-answers.js';

openCachedAnswers();

describe('cache_answers', () => {
  it('gives a whole response again, without a call to the service', async () => {
    const body = question();
    const first = await ask(gateway, body);
    const second = await ask(gateway, body);
    expect(cachesOf(first, second)).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('content-type')).toBe('application/json');
    expect(second.headers.get('x-gateway-attempts')).toBe('0');
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(upstream.calls).toHaveLength(1);
    const [missed, hit] = gateway.log().slice(-2);
    expect(missed).toMatchObject({ cache: 'miss', attempts: 1, prompt_tokens: 3 });
    expect(hit).toMatchObject({ cache: 'hit', attempts: 0, status: 200 });
    expect(hit).not.toHaveProperty('prompt_tokens');
  });

  it('names again what a translated response has lost', async () => {
    upstream.handle(({ res }) => sendJson(res, completion('hi', { hint: 1 })));
    const body = { ...question(), max_tokens: 9, top_k: 5 };
    const asked = { path: '/v1/messages' };
    const seen = [await ask(gateway, body, asked), await ask(gateway, body, asked)];
    expect(cachesOf(...seen)).toEqual(['miss', 'hit']);
    for (const { headers } of seen) expect(headers.get('x-gateway-dropped')).toBe('top_k, response.hint');
    expect(gateway.log().slice(-2)).toMatchObject([
      { dropped: ['top_k', 'response.hint'] },
      { dropped: ['top_k', 'response.hint'] },
    ]);
  });

  it('counts a request, but no tokens', async () => {
    const body = question();
    const left = ({ headers }: Seen, what: string) => Number(headers.get(`x-ratelimit-remaining-${what}`));
    const first = await ask(gateway, body);
    const second = await ask(gateway, body);
    const third = await ask(gateway, body);
    expect(cachesOf(first, second, third)).toEqual(['miss', 'hit', 'hit']);
    expect(left(first, 'requests') - left(third, 'requests')).toBe(2);
    // What a call has reserved was given back where nothing was used.
    expect(left(third, 'tokens')).toBe(left(second, 'tokens'));
  });

  it('costs nothing in the ledger', async () => {
    const body = question();
    const usage = async () => {
      const response = await gateway.get('/v1/usage', { key: KEYS.two });
      const { data } = (await response.json()) as { data: Record<string, number>[] };
      const {
        requests = 0,
        prompt_tokens: tokens = 0,
        uncounted_requests: uncounted = 0,
        cost_usd: cost = 0,
      } = data[0] ?? {};
      return { requests, tokens, uncounted, cost };
    };
    const before = await usage();
    await ask(gateway, body, { key: KEYS.two });
    await poll(async () => (await usage()).requests === before.requests + 1);
    const missed = await usage();
    expect(missed.tokens).toBe(before.tokens + 3);
    expect(missed.cost).toBeGreaterThan(before.cost);
    expect((await ask(gateway, body, { key: KEYS.two })).cache).toBe('hit');
    await poll(async () => (await usage()).requests === before.requests + 2);
    expect(await usage()).toEqual({ ...missed, requests: before.requests + 2 });
  });

  it('reads white space and the order of keys alike, and nothing else', async () => {
    const body = question();
    await ask(gateway, body);
    const { content } = body.messages[0]!;
    const turned = `{ "messages":[ {"content":${JSON.stringify(content)} ,"role":"user"}],\n"temperature":0,"model":"m"}`;
    expect((await ask(gateway, turned)).cache).toBe('hit');
    for (const other of [
      { ...body, temperature: 0, top_p: 0.5 },
      { ...body, max_tokens: 5 },
      { ...body, user: 'a' },
      { ...body, model: 'all' },
      { ...body, seed: null },
      { ...body, messages: [...body.messages, ...body.messages] },
    ]) {
      expect((await ask(gateway, other)).cache).toBe('miss');
    }
    expect((await ask(gateway, body, { headers: { 'openai-beta': 'x=v1' } })).cache).toBe('miss');
    expect(
      (
        await ask(gateway, body, {
          headers: { 'idempotency-key': 'a', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
        })
      ).cache,
    ).toBe('hit');
  });

  it('keeps responses apart by team, or by key without a team, unless they are shared', async () => {
    const body = question();
    expect((await ask(gateway, body)).cache).toBe('miss');
    expect((await ask(gateway, body, { key: KEYS.two })).cache).toBe('hit');
    expect((await ask(gateway, body, { key: OTHER_TEAM })).cache).toBe('miss');
    expect((await ask(gateway, body, { key: KEYS.alone })).cache).toBe('miss');
    expect((await ask(gateway, body, { key: KEYS.alone })).cache).toBe('hit');
    const shared = { ...question(), model: 'all' };
    expect((await ask(gateway, shared)).cache).toBe('miss');
    expect((await ask(gateway, shared, { key: OTHER_TEAM })).cache).toBe('hit');
  });

  it.each([
    ['no temperature', { temperature: undefined }],
    ['a temperature above zero', { temperature: 0.1 }],
    ['a tool of the service', { tools: [{ type: 'web_search' }] }],
  ])('keeps nothing if responses may differ: %s', async (_what, more) => {
    const body = { ...question(), ...more };
    expect(cachesOf(await ask(gateway, body), await ask(gateway, body))).toEqual(['miss', 'miss']);
    expect(upstream.calls).toHaveLength(2);
    expect(gateway.log().at(-1)).toMatchObject({ cache: 'bypass' });
  });

  it.each<[string, (call: UpstreamCall) => void]>([
    [
      'cut at its limit',
      ({ res }) =>
        sendJson(
          res,
          completion('x', { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'length' }] }),
        ),
    ],
    ['a failure', ({ res }) => sendJson(res, { error: { message: 'no' } }, 500)],
    ['a refusal', ({ res }) => sendJson(res, { error: { message: 'no' } }, 400)],
    ['an error under 200', ({ res }) => sendJson(res, { error: { message: 'no' } })],
    ['too long', ({ res }) => sendJson(res, completion('x'.repeat(1024 * 1024)))],
  ])('keeps nothing that is not whole and good: %s', async (_what, handler) => {
    upstream.handle(handler);
    const body = question();
    expect((await ask(gateway, body)).cache).not.toBe('hit');
    upstream.handle(({ res }) => sendJson(res, completion('fine')));
    expect(cachesOf(await ask(gateway, body), await ask(gateway, body))).toEqual(['miss', 'hit']);
  });

  it('keeps no response of a fallback', async () => {
    const body = { ...question(), model: 'behind' };
    const [first, second] = [await ask(gateway, body), await ask(gateway, body)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(cachesOf(first, second)).toEqual(['miss', 'miss']);
  });

  it('obeys Cache-Control', async () => {
    const body = question();
    const first = await ask(gateway, body);
    expect((await ask(gateway, body, { headers: { 'cache-control': 'no-store' } })).cache).toBe('miss');
    expect((await ask(gateway, body)).text).toBe(first.text);
    const renewed = await ask(gateway, body, { headers: { 'cache-control': 'max-age=0, No-Cache' } });
    expect(renewed.cache).toBe('miss');
    const third = await ask(gateway, body);
    expect([third.cache, third.text]).toEqual(['hit', renewed.text]);
    const never = question();
    await ask(gateway, never, { headers: { 'cache-control': 'no-store' } });
    expect((await ask(gateway, never)).cache).toBe('miss');
  });

  it('forgets a response after ttl_seconds', async () => {
    const body = { ...question(), model: 'brief' };
    expect(cachesOf(await ask(gateway, body), await ask(gateway, body))).toEqual(['miss', 'hit']);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(gateway, body)).cache).toBe('miss');
  });

  it('adds no header for models without it', async () => {
    const body = { ...question(), model: 'plain' };
    expect(cachesOf(await ask(gateway, body), await ask(gateway, body))).toEqual([null, null]);
    expect(gateway.log().at(-1)).not.toHaveProperty('cache');
  });
});

describe('a reload', () => {
  it('takes effect at once: what is off, shorter, or asks another model', async () => {
    const body = question();
    expect((await ask(gateway, body)).cache).toBe('miss');
    const withModel = (more: Record<string, unknown>) => {
      const next = configOf(upstream);
      Object.assign(next.models.openai[0]!, more);
      return next;
    };
    await gateway.reload(withModel({ timeouts: { total_seconds: 60 }, api_key: 'another-key' }));
    expect((await ask(gateway, body)).cache).toBe('hit');
    await gateway.reload(withModel({ model_name: 'another' }));
    expect((await ask(gateway, body)).cache).toBe('miss');
    await gateway.reload(withModel({ cache_answers: undefined }));
    expect((await ask(gateway, body)).cache).toBeNull();
    await gateway.reload(withModel({ cache_answers: { ttl_seconds: 1 } }));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(gateway, body)).cache).toBe('miss');
  });
});

describe('the metrics', () => {
  const scrape = async () => new Scrape(await (await gateway.get('/metrics', { key: KEYS.alone })).text());

  it('count what was found', async () => {
    const before = await scrape();
    const value = (found: Scrape, result: string) =>
      found.value(`llm_gateway_answer_lookups_total{model="m",result="${result}"}`) ?? 0;
    const body = question();
    await ask(gateway, body);
    await ask(gateway, body);
    await ask(gateway, body);
    await ask(gateway, { ...body, temperature: 1 });
    const after = await scrape();
    expect(['miss', 'hit', 'bypass'].map((result) => value(after, result) - value(before, result))).toEqual([
      1, 2, 1,
    ]);
  });
});
