import { CallEvents } from '../../src/calls/call-events.js';
import { type CallRecord } from '../../src/calls/call-record.js';
import { SINGLE_ATTEMPTS, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  startUpstream,
} from '../support/start-upstream.js';

const USAGE = {
  prompt_tokens: 1000,
  completion_tokens: 100,
  total_tokens: 1100,
  prompt_tokens_details: { cached_tokens: 400 },
};
const MESSAGES = { messages: [{ role: 'user', content: 'hi' }] };

describe('what calls cost', () => {
  let east: TestUpstream;
  let west: TestUpstream;
  let gateway: TestGateway;
  let records: CallRecord[];

  beforeAll(async () => {
    [east, west] = await Promise.all([startUpstream(), startUpstream()]);
    const price = { input: 2.5, cached_input: 1.25, output: 10 };
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      retry: { max_retries: 1, backoff_seconds: 0 },
      models: {
        openai: [
          {
            name: 'chat',
            price,
            deployments: [
              { name: 'east', base_url: east.url, weight: 1 },
              { name: 'west', base_url: west.url, weight: 0, price: { input: 1, output: 1 } },
            ],
          },
          { name: 'unknown', base_url: east.url },
          { name: 'known', base_url: east.url, model_name: 'gpt-4o-mini' },
          { name: 'first', base_url: east.url, price, fallbacks: ['second'], retry: { max_retries: 0 } },
          { name: 'second', base_url: west.url, price: 'free' },
        ],
      },
    });
    gateway.app.get(CallEvents).subscribe({ answered: (record) => void records.push(record) });
  });

  beforeEach(() => {
    records = [];
    for (const upstream of [east, west])
      upstream.handle(({ res }) => res.end(JSON.stringify(completion('x', { usage: USAGE }))));
  });

  afterAll(() => Promise.all([gateway.close(), east.close(), west.close()]));

  async function costOf(model: string, extra: object = {}): Promise<number | null | undefined> {
    const response = await gateway.chat({ model, ...MESSAGES, ...extra });
    await response.text().catch(() => '');
    await until(() => records.length > 0);
    return records[0]!.costNanoUsd;
  }

  it('is the sum of classes that do not overlap', async () => {
    expect(await costOf('chat')).toBe(600 * 2500 + 400 * 1250 + 100 * 10_000);
    expect(records[0]!.price).toBe('config: input 2.5, cached_input 1.25, output 10');
  });

  it('is counted for a stream with usage, too', async () => {
    const usage = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: USAGE })}\n\n`;
    east.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('hi')}${chunkEvent('', 'stop')}${usage}data: [DONE]\n\n`);
    });
    const options = { stream: true, stream_options: { include_usage: true } };
    expect(await costOf('chat', options)).toBe(3_000_000);
  });

  it('is known from the table of published prices', async () => {
    expect(await costOf('known')).toBe(600 * 150 + 400 * 75 + 100 * 600);
    expect(records[0]!.price).toContain('openai/gpt-4o-mini');
  });

  it('is null if no price is known', async () => {
    expect(await costOf('unknown')).toBeNull();
  });

  it('is 0 after a failure before any output', async () => {
    east.handle(({ res }) => res.writeHead(400).end('{"error":{"message":"no"}}'));
    expect(await costOf('chat')).toBe(0);
  });

  it('is that of the deployment or the fallback that answered', async () => {
    east.handle(({ res }) => res.writeHead(500).end());
    expect(await costOf('chat')).toBe(1000 * 1000 + 100 * 1000);
    records = [];
    expect(await costOf('first')).toBe(0);
    expect(records[0]!.price).toBe('config: free');
  });

  it('is that of the configuration with which the call began', async () => {
    const models = (input: number) => ({
      models: { openai: [{ name: 'moved', base_url: east.url, price: { input, output: 0 } }] },
    });
    await gateway.reload(models(1));
    let answer: (() => void) | undefined;
    east.handle(({ res }) => {
      answer = () => res.end(JSON.stringify(completion('x', { usage: USAGE })));
    });
    const before = costOf('moved');
    await until(() => answer !== undefined);
    await gateway.reload(models(7));
    answer!();
    expect(await before).toBe(1_000_000);
    records = [];
    answer = undefined;
    const after = costOf('moved');
    await until(() => answer !== undefined);
    answer!();
    expect(await after).toBe(7_000_000);
  });
});

describe('a key with a budget', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;
  const BUDGET = { budget: { usd: 1, per: 'day' } };

  beforeAll(async () => {
    upstream = await startUpstream(({ res }) => res.end(JSON.stringify(completion())));
    const base_url = upstream.url;
    gateway = await startGateway({
      auth: {
        teams: [{ name: 'search', limits: BUDGET }],
        api_keys: [
          { name: 'bot', key: 'sk-bot-0123456789', limits: BUDGET },
          { name: 'mate', key: 'sk-mate-0123456789', team: 'search' },
          { name: 'free', key: 'sk-free-0123456789', limits: { requests_per_minute: 60 } },
        ],
      },
      models: {
        openai: [
          { name: 'priced', base_url, price: { input: 1, output: 1 } },
          { name: 'unpriced', base_url },
          { name: 'half', base_url, price: { input: 1 } },
          { name: 'risky', base_url, price: 'free', fallbacks: ['unpriced'] },
          { name: 'gift', base_url, price: 'free' },
          { name: 'listed', base_url, model_name: 'gpt-4o' },
        ],
      },
    });
  });

  afterAll(() => Promise.all([gateway.close(), upstream.close()]));

  const ask = (key: string, model: string) =>
    gateway.chat({ model, ...MESSAGES }, { key: `sk-${key}-0123456789` });

  it.each(['bot', 'mate'])('or whose team has one uses models with a known price: %s', async (key) => {
    const statuses: number[] = [];
    for (const model of ['priced', 'gift', 'listed']) {
      const response = await ask(key, model);
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 200]);
  });

  it.each([
    ['bot', 'unpriced'],
    ['bot', 'half'],
    ['bot', 'risky'],
    ['mate', 'unpriced'],
  ])('or whose team has one cannot use others: %s %s', async (key, model) => {
    const sent = upstream.calls.length;
    const response = await ask(key, model);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect([response.status, error['code'], error['param']]).toEqual([403, 'model_not_priced', 'model']);
    expect(error['message']).toContain(key === 'bot' ? 'This API key has a budget' : "team 'search'");
    expect(upstream.calls.length).toBe(sent);
  });

  it('is distinguished from keys with other limits', async () => {
    const response = await ask('free', 'unpriced');
    await response.text();
    expect(response.status).toBe(200);
  });

  it('may embed at a price of input alone', async () => {
    upstream.handle(({ res }) =>
      res.end(
        JSON.stringify({
          object: 'list',
          data: [],
          model: 'm',
          usage: { prompt_tokens: 3, total_tokens: 3 },
        }),
      ),
    );
    const response = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-bot-0123456789', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'half', input: 'hi' }),
    });
    await response.text();
    expect(response.status).toBe(200);
  });
});
