import { poll } from '../support/cli-process.js';
import { type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';
import { Scrape } from '../support/scrape.js';

const KEYS = {
  one: 'sk-test-key-of-one-0001',
  two: 'sk-test-key-of-two-0001',
  alone: 'sk-test-key-alone-0001',
};
const OTHER_TEAM = 'sk-test-key-of-ads-0001';
const CACHED = { cache_answers: { ttl_seconds: 600 } };

let upstream: TestUpstream;
let gateway: TestGateway;
let count = 0;

const config = (models: Record<string, unknown>[] = []) => ({
  auth: {
    teams: [{ name: 'search', limits: { tokens_per_minute: 1_000_000 } }, { name: 'ads' }],
    api_keys: [
      { name: 'one', key: KEYS.one, team: 'search', limits: { requests_per_minute: 1000 } },
      { name: 'two', key: KEYS.two, team: 'search' },
      { name: 'other', key: OTHER_TEAM, team: 'ads' },
      { name: 'alone', key: KEYS.alone },
    ],
  },
  retry: { max_retries: 0 },
  breaker: { enabled: false },
  models: {
    openai: [
      { name: 'm', base_url: upstream.url, price: { input: 1, output: 1 }, ...CACHED },
      { name: 'plain', base_url: upstream.url },
      { name: 'all', base_url: upstream.url, cache_answers: { ttl_seconds: 600, shared: true } },
      { name: 'brief', base_url: upstream.url, cache_answers: { ttl_seconds: 1 } },
      { name: 'behind', base_url: 'http://127.0.0.1:9', fallbacks: ['plain'], ...CACHED },
      ...models,
    ],
    anthropic: [{ name: 'claude', base_url: upstream.url, ...CACHED }],
  },
});

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway(config());
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.calls.length = 0;
  upstream.handle(({ res }) => sendJson(res, completion(`answer ${++count}`)));
});

/** A question that no other test has asked. */
let asked = 0;
const question = () => ({
  model: 'm',
  temperature: 0,
  messages: [{ role: 'user', content: `question ${++asked}` }],
});

interface Seen {
  readonly status: number;
  readonly cache: string | null;
  readonly text: string;
  readonly headers: Headers;
}

async function ask(
  body: unknown,
  {
    key = KEYS.one,
    path = '/v1/chat/completions',
    headers = {} as Record<string, string>,
    signal = undefined as AbortSignal | undefined,
  } = {},
): Promise<Seen> {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  return {
    status: response.status,
    cache: response.headers.get('x-gateway-cache'),
    text,
    headers: response.headers,
  };
}

const cachesOf = (...seen: Seen[]) => seen.map(({ cache }) => cache);

describe('cache_answers', () => {
  it('gives a whole response again, without a call to the service', async () => {
    const body = question();
    const first = await ask(body);
    const second = await ask(body);
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

  it('counts a request, but no tokens', async () => {
    const body = question();
    const left = ({ headers }: Seen, what: string) => Number(headers.get(`x-ratelimit-remaining-${what}`));
    const first = await ask(body);
    const second = await ask(body);
    const third = await ask(body);
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
    await ask(body, { key: KEYS.two });
    await poll(async () => (await usage()).requests === before.requests + 1);
    const missed = await usage();
    expect(missed.tokens).toBe(before.tokens + 3);
    expect(missed.cost).toBeGreaterThan(before.cost);
    expect((await ask(body, { key: KEYS.two })).cache).toBe('hit');
    await poll(async () => (await usage()).requests === before.requests + 2);
    expect(await usage()).toEqual({ ...missed, requests: before.requests + 2 });
  });

  it('reads white space and the order of keys alike, and nothing else', async () => {
    const body = question();
    await ask(body);
    const { content } = body.messages[0]!;
    const turned = `{ "messages":[ {"content":${JSON.stringify(content)} ,"role":"user"}],\n"temperature":0,"model":"m"}`;
    expect((await ask(turned)).cache).toBe('hit');
    for (const other of [
      { ...body, temperature: 0, top_p: 0.5 },
      { ...body, max_tokens: 5 },
      { ...body, user: 'a' },
      { ...body, model: 'all' },
      { ...body, seed: null },
      { ...body, messages: [...body.messages, ...body.messages] },
    ]) {
      expect((await ask(other)).cache).toBe('miss');
    }
    expect((await ask(body, { headers: { 'openai-beta': 'x=v1' } })).cache).toBe('miss');
    expect(
      (
        await ask(body, {
          headers: { 'idempotency-key': 'a', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
        })
      ).cache,
    ).toBe('hit');
  });

  it('is of a team, or of a key without one, unless it is shared', async () => {
    const body = question();
    expect((await ask(body)).cache).toBe('miss');
    expect((await ask(body, { key: KEYS.two })).cache).toBe('hit');
    expect((await ask(body, { key: OTHER_TEAM })).cache).toBe('miss');
    expect((await ask(body, { key: KEYS.alone })).cache).toBe('miss');
    expect((await ask(body, { key: KEYS.alone })).cache).toBe('hit');
    const shared = { ...question(), model: 'all' };
    expect((await ask(shared)).cache).toBe('miss');
    expect((await ask(shared, { key: OTHER_TEAM })).cache).toBe('hit');
  });

  it.each([
    ['no temperature', { temperature: undefined }],
    ['a temperature above zero', { temperature: 0.1 }],
    ['a tool of the service', { tools: [{ type: 'web_search' }] }],
  ])('keeps nothing where responses differ: %s', async (_what, more) => {
    const body = { ...question(), ...more };
    expect(cachesOf(await ask(body), await ask(body))).toEqual(['miss', 'miss']);
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
    expect((await ask(body)).cache).not.toBe('hit');
    upstream.handle(({ res }) => sendJson(res, completion('fine')));
    expect(cachesOf(await ask(body), await ask(body))).toEqual(['miss', 'hit']);
  });

  it('keeps no response of a fallback', async () => {
    const body = { ...question(), model: 'behind' };
    const [first, second] = [await ask(body), await ask(body)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(cachesOf(first, second)).toEqual(['miss', 'miss']);
  });

  it('obeys Cache-Control', async () => {
    const body = question();
    const first = await ask(body);
    expect((await ask(body, { headers: { 'cache-control': 'no-store' } })).cache).toBe('miss');
    expect((await ask(body)).text).toBe(first.text);
    const renewed = await ask(body, { headers: { 'cache-control': 'max-age=0, No-Cache' } });
    expect(renewed.cache).toBe('miss');
    const third = await ask(body);
    expect([third.cache, third.text]).toEqual(['hit', renewed.text]);
    const never = question();
    await ask(never, { headers: { 'cache-control': 'no-store' } });
    expect((await ask(never)).cache).toBe('miss');
  });

  it('forgets after its time', async () => {
    const body = { ...question(), model: 'brief' };
    expect(cachesOf(await ask(body), await ask(body))).toEqual(['miss', 'hit']);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(body)).cache).toBe('miss');
  });

  it('says nothing on models without it', async () => {
    const body = { ...question(), model: 'plain' };
    expect(cachesOf(await ask(body), await ask(body))).toEqual([null, null]);
    expect(gateway.log().at(-1)).not.toHaveProperty('cache');
  });
});

describe('a kept stream', () => {
  const streamed = ({ res }: UpstreamCall) => {
    beginStream(res);
    res.write(chunkEvent('Hel'));
    res.write(': comment of the service\n\n');
    res.write(chunkEvent(`lo ${++count}`));
    res.write(chunkEvent('', 'stop'));
    res.end('data: [DONE]\n\n');
  };

  it('is given again event by event, and is another one than the plain response', async () => {
    upstream.handle(streamed);
    const body = { ...question(), stream: true };
    const first = await ask(body);
    const second = await ask(body);
    expect(cachesOf(first, second)).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(second.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(second.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(second.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(gateway.log().at(-1)).toMatchObject({ cache: 'hit', stream: true });
    expect((await ask({ ...body, stream_options: { include_usage: true } })).cache).toBe('miss');
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await ask({ ...body, stream: false })).cache).toBe('miss');
  });

  it('is kept only where it came to its end', async () => {
    const body = { ...question(), stream: true };
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('Hel'));
      setTimeout(() => res.destroy(), 20);
    });
    expect((await ask(body)).text).toContain('upstream_stream_interrupted');
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('Hel'));
      res.end(chunkEvent('', 'length') + 'data: [DONE]\n\n');
    });
    expect((await ask(body)).cache).toBe('miss');
    upstream.handle(streamed);
    expect(cachesOf(await ask(body), await ask(body))).toEqual(['miss', 'hit']);
  });

  it('holds no comments that the gateway put into its silence', async () => {
    await gateway.close();
    gateway = await startGateway({ server: { sse_keepalive_seconds: 0.05 }, ...config() });
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('a'));
      setTimeout(() => res.end(chunkEvent('', 'stop') + 'data: [DONE]\n\n'), 300);
    });
    const body = { ...question(), stream: true };
    expect((await ask(body)).text).toContain(': keep-alive');
    const again = await ask(body);
    expect(again.cache).toBe('hit');
    expect(again.text).not.toContain(': keep-alive');
  });
});

describe('in other formats', () => {
  it.each([
    ['/v1/responses', { model: 'm', temperature: 0, input: 'hi' }],
    ['/v1/responses', { model: 'm', temperature: 0, input: 'hi', stream: true }],
    [
      '/v1/messages',
      { model: 'm', temperature: 0, max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
    ],
    [
      '/v1/messages',
      {
        model: 'm',
        temperature: 0,
        max_tokens: 5,
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
      },
    ],
  ])('%s is translated once: %#', async (path, body) => {
    const isStream = 'stream' in body;
    upstream.handle(({ res }) => {
      if (!isStream) return sendJson(res, completion());
      beginStream(res);
      res.end(chunkEvent('hello') + chunkEvent('', 'stop') + 'data: [DONE]\n\n');
    });
    const [first, second] = [await ask(body, { path }), await ask(body, { path })];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(cachesOf(first, second)).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(upstream.calls).toHaveLength(1);
    if (path === '/v1/messages')
      expect(second.headers.get('request-id')).toBe(second.headers.get('x-request-id'));
  });

  it.each([
    [
      '/v1/embeddings',
      { model: 'm', input: 'hi' },
      { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.1] }] },
    ],
    ['/v1/moderations', { model: 'm', input: 'hi' }, { id: 'a', model: 'm', results: [{ flagged: false }] }],
    [
      '/v1/rerank',
      { model: 'm', query: 'q', documents: ['a'] },
      { results: [{ index: 0, relevance_score: 0.5 }] },
    ],
    [
      '/v1/completions',
      { model: 'm', prompt: 'hi', temperature: 0 },
      { object: 'text_completion', choices: [{ index: 0, text: 'x', finish_reason: 'stop' }] },
    ],
  ])('%s is given again', async (path, body, document) => {
    upstream.handle(({ res }) => sendJson(res, document));
    const seen = [await ask(body, { path }), await ask(body, { path })] as const;
    expect(seen.map(({ status }) => status)).toEqual([200, 200]);
    expect(cachesOf(...seen)).toEqual(['miss', 'hit']);
    expect(seen[1].text).toBe(seen[0].text);
  });
});

describe('calls that ask the same at one time', () => {
  let waiting: UpstreamCall[];
  beforeEach(() => {
    waiting = [];
    upstream.handle((call) => void waiting.push(call));
  });
  const waitFor = (calls: number) => until(() => waiting.length >= calls, `${calls} calls to the service`);
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

  it('are one call to the service', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 20 }, () => ask(body)));
    await waitFor(1);
    await settled();
    sendJson(waiting[0]!.res, completion('once'));
    const seen = await all;
    expect(upstream.calls).toHaveLength(1);
    expect(new Set(seen.map(({ text }) => text)).size).toBe(1);
    expect(cachesOf(...seen).filter((cache) => cache === 'miss')).toHaveLength(1);
  });

  it('go on with the next one when the first fails, and each by itself when that fails, too', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 5 }, () => ask(body)));
    await waitFor(1);
    await settled();
    expect(waiting).toHaveLength(1);
    sendJson(waiting[0]!.res, { error: { message: 'no' } }, 500);
    await waitFor(2);
    await settled();
    expect(waiting).toHaveLength(2);
    sendJson(waiting[1]!.res, { error: { message: 'no' } }, 500);
    await waitFor(5);
    for (const { res } of waiting.slice(2)) sendJson(res, completion('fine'));
    const statuses = (await all).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 200, 200, 500, 500]);
  });

  it('go on when the client of the first leaves', async () => {
    const body = question();
    const leaving = new AbortController();
    const first = ask(body, { signal: leaving.signal }).catch(() => 'left');
    await waitFor(1);
    const others = Promise.all([ask(body), ask(body), ask(body)]);
    await settled();
    leaving.abort();
    expect(await first).toBe('left');
    await waitFor(2);
    sendJson(waiting[1]!.res, completion('fine'));
    expect((await others).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.calls).toHaveLength(2);
  });

  it('do not wait for another when their own client leaves', async () => {
    const body = question();
    const first = ask(body);
    await waitFor(1);
    const leaving = new AbortController();
    const second = ask(body, { signal: leaving.signal }).catch(() => 'left');
    await settled();
    expect(gateway.running.count).toBe(2);
    leaving.abort();
    expect(await second).toBe('left');
    await until(() => gateway.running.count === 1, 'the end of the call');
    sendJson(waiting[0]!.res, completion('fine'));
    expect((await first).status).toBe(200);
    expect(upstream.calls).toHaveLength(1);
  });

  it('ask by themselves, all at once, when the response is not for others', async () => {
    const body = question();
    const all = Promise.all(Array.from({ length: 4 }, () => ask(body)));
    await waitFor(1);
    await settled();
    sendJson(
      waiting[0]!.res,
      completion('x', { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'length' }] }),
    );
    await waitFor(4);
    for (const { res } of waiting.slice(1)) sendJson(res, completion('own'));
    expect(cachesOf(...(await all))).toEqual(['miss', 'miss', 'miss', 'miss']);
  });

  it('share a stream, too', async () => {
    const body = { ...question(), stream: true };
    const all = Promise.all([ask(body), ask(body), ask(body)]);
    await waitFor(1);
    beginStream(waiting[0]!.res);
    waiting[0]!.res.write(chunkEvent('a'));
    await settled();
    waiting[0]!.res.end(chunkEvent('', 'stop') + 'data: [DONE]\n\n');
    const texts = (await all).map(({ text }) => text.replaceAll(': keep-alive\n\n', ''));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('[DONE]');
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('a reload', () => {
  it('takes effect at once: what is off, shorter, or asks another model', async () => {
    const body = question();
    expect((await ask(body)).cache).toBe('miss');
    const withModel = (more: Record<string, unknown>) => {
      const next = config();
      Object.assign(next.models.openai[0]!, more);
      return next;
    };
    await gateway.reload(withModel({ timeouts: { total_seconds: 60 }, api_key: 'another-key' }));
    expect((await ask(body)).cache).toBe('hit');
    await gateway.reload(withModel({ model_name: 'another' }));
    expect((await ask(body)).cache).toBe('miss');
    await gateway.reload(withModel({ cache_answers: undefined }));
    expect((await ask(body)).cache).toBeNull();
    await gateway.reload(withModel({ cache_answers: { ttl_seconds: 1 } }));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(body)).cache).toBe('miss');
  });
});

describe('the metrics', () => {
  const scrape = async () => new Scrape(await (await gateway.get('/metrics', { key: KEYS.alone })).text());

  it('count what was found', async () => {
    const before = await scrape();
    const value = (found: Scrape, result: string) =>
      found.value(`llm_gateway_answer_lookups_total{model="m",result="${result}"}`) ?? 0;
    const body = question();
    await ask(body);
    await ask(body);
    await ask(body);
    await ask({ ...body, temperature: 1 });
    const after = await scrape();
    expect(['miss', 'hit', 'bypass'].map((result) => value(after, result) - value(before, result))).toEqual([
      1, 2, 1,
    ]);
  });
});
