import { type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export const KEYS = {
  one: 'sk-test-key-of-one-0001',
  two: 'sk-test-key-of-two-0001',
  alone: 'sk-test-key-alone-0001',
};
export const OTHER_TEAM = 'sk-test-key-of-ads-0001';
export const CACHED = { cache_answers: { ttl_seconds: 600 } };

/** A gateway whose models keep answers, each in its own way. */
export const configOf = (upstream: TestUpstream, models: Record<string, unknown>[] = []) => ({
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

let asked = 0;
/** A question that no other test has asked. */
export const question = () => ({
  model: 'm',
  temperature: 0,
  messages: [{ role: 'user', content: `question ${++asked}` }],
});

export interface Seen {
  readonly status: number;
  readonly cache: string | null;
  readonly text: string;
  readonly headers: Headers;
}

/** Asks, and reads the response to its end. */
export async function ask(
  gateway: TestGateway,
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

export const cachesOf = (...seen: Seen[]) => seen.map(({ cache }) => cache);

/** A service that numbers its responses, and a gateway that keeps them. */
export let upstream: TestUpstream;
export let gateway: TestGateway;
let count = 0;
export const nextCount = () => ++count;

/** For a whole spec: both open once; each test begins with the service as described, and without calls. */
export function openCachedAnswers(): void {
  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startGateway(configOf(upstream));
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });
  beforeEach(() => {
    upstream.calls.length = 0;
    upstream.handle(({ res }) => sendJson(res, completion(`answer ${nextCount()}`)));
  });
}
