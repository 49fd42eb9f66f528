import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scrape } from '../support/scrape.js';
import { type TestGateway, TEST_KEY, startGateway } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';
import { storedCalls } from '../support/usage-rows.js';

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
/** Odd numbers, whose costs have no short decimals. */
const USAGE = {
  prompt_tokens: 1237,
  completion_tokens: 311,
  total_tokens: 1548,
  prompt_tokens_details: { cached_tokens: 123 },
};

/** Billionths of a dollar that a chat with USAGE costs. */
const CHAT_NANO = (1237 - 123) * 333 + 123 * 77 + 311 * 1111;

describe('what a key has spent', () => {
  let folder: string;
  let upstream: TestUpstream;
  let gateway: TestGateway;
  let fails = false;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'one-figure-'));
    upstream = await startUpstream(({ req, res, body }) => {
      if (fails) {
        fails = false;
        return sendJson(res, { error: { message: 'busy' } }, 503);
      }
      if (req.url!.endsWith('/embeddings'))
        return sendJson(res, {
          object: 'list',
          data: [{ object: 'embedding', index: 0, embedding: [1] }],
          usage: { prompt_tokens: 41, total_tokens: 41 },
        });
      if (req.url!.endsWith('/completions') && !req.url!.includes('/chat/'))
        return sendJson(res, { object: 'text_completion', choices: [{ index: 0, text: 'x' }], usage: USAGE });
      if (req.url!.endsWith('/rerank'))
        return sendJson(res, { results: [], meta: { billed_units: { search_units: 3 } } });
      if (body.includes('"stream":true')) {
        beginStream(res);
        const choice = { index: 0, delta: { content: 'x' }, finish_reason: 'stop' };
        for (const chunk of [{ choices: [choice] }, { choices: [], usage: USAGE }])
          res.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...chunk })}\n\n`);
        return res.end('data: [DONE]\n\n');
      }
      return sendJson(res, completion('x', { usage: USAGE }));
    });
    gateway = await startGateway({
      auth: {
        teams: [{ name: 'search', limits: { budget: { usd: 100, per: 'year' } } }],
        api_keys: [
          {
            name: 'bot',
            key: TEST_KEY,
            team: 'search',
            admin: true,
            limits: { budget: { usd: 50, per: 'month' } },
          },
        ],
      },
      retry: { max_retries: 1, backoff_seconds: 0 },
      usage: { store: `file:${join(folder, 'usage.db')}`, flush_seconds: 0.1 },
      models: {
        openai: [
          {
            name: 'm',
            base_url: upstream.url,
            speaks: ['openai-chat', 'openai-completions', 'openai-embeddings', 'rerank'],
            price: { input: 0.333, cached_input: 0.077, output: 1.111, per_search: 0.0017 },
          },
        ],
      },
    });
  });

  afterAll(async () => {
    await Promise.all([gateway.close(), upstream.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...CHAT, ...body }),
    });
    expect([path, response.status]).toEqual([path, 200]);
    await response.text();
  };

  it('is one sum in the rows, the report, the limits and the metrics, whatever was asked', async () => {
    await post('/v1/chat/completions', {});
    await post('/v1/chat/completions', { stream: true });
    await post('/v1/messages', { max_tokens: 100 });
    await post('/v1/messages', { max_tokens: 100, stream: true });
    await post('/v1/responses', { messages: undefined, input: 'hi' });
    await post('/v1/responses', { messages: undefined, input: 'hi', stream: true });
    await post('/v1/completions', { messages: undefined, prompt: 'hi' });
    fails = true;
    await post('/v1/chat/completions', {});
    await post('/v1/embeddings', { messages: undefined, input: 'hi' });
    await post('/v1/rerank', { messages: undefined, query: 'x', documents: ['y'] });
    const nano = 8 * CHAT_NANO + 41 * 333 + 3 * 1_700_000;

    const report = (await (await gateway.get('/v1/usage')).json()) as { data: { cost_usd: number }[] };
    expect(report.data).toMatchObject([
      { requests: 10, prompt_tokens: 8 * 1237 + 41, completion_tokens: 8 * 311, cached_tokens: 8 * 123 },
    ]);
    const rows = await storedCalls(join(folder, 'usage.db'));
    expect(rows.reduce((sum, row) => sum + (row.cost_nano as number), 0)).toBe(nano);
    const limits = (await (await gateway.get('/v1/limits')).json()) as {
      data: { limits: { used: number }[] }[];
    };
    const scrape = new Scrape(await (await gateway.get('/metrics')).text());
    const spent = [
      report.data[0]!.cost_usd,
      ...limits.data.map((scope) => scope.limits[0]!.used),
      scrape.value('llm_gateway_spend_usd_total{model="m",client="bot",team="search"}'),
    ];
    expect(spent.map((usd) => Math.round(usd! * 1e9))).toEqual([nano, nano, nano, nano]);
  });
});
