import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scrape } from '../support/scrape.js';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
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

/** How many images a request asks for, as JSON or as a form. */
const made = (body: Buffer): number =>
  Number(/"n"(?::|\r\n\r\n)(\d+)/.exec(body.toString('latin1'))?.[1] ?? 1);

function formOf(fields: Record<string, string>, file: string, bytes = 70_000): FormData {
  const form = new FormData();
  const { n, ...others } = fields;
  for (const [name, value] of Object.entries(others)) form.append(name, value);
  form.append(file, new Blob([Buffer.alloc(bytes, 7)]), 'x.png');
  if (n !== undefined) form.append('n', n);
  return form;
}

describe('what a key has spent', () => {
  let folder: string;
  let upstream: TestUpstream;
  let gateway: TestGateway;
  let fails = false;
  /** Called instead of a response to an edit. */
  let waits: ((respond: () => void) => void) | undefined;

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
      if (req.url!.endsWith('/edits') && waits !== undefined)
        return waits(() => sendJson(res, { created: 1, data: [{ url: 'x' }] }));
      if (req.url!.includes('/images/'))
        return sendJson(res, { created: 1, data: Array.from({ length: made(body) }, () => ({ url: 'x' })) });
      if (req.url!.endsWith('/transcriptions'))
        return sendJson(res, { text: 'x', usage: { type: 'duration', seconds: 17 } });
      if (req.url!.endsWith('/moderations')) return sendJson(res, { id: 'x', results: [{ flagged: false }] });
      if (req.url!.endsWith('/speech')) {
        beginStream(res);
        const usage = { input_tokens: 19, output_tokens: 83, total_tokens: 102 };
        return res.end(`data: ${JSON.stringify({ type: 'speech.audio.done', usage })}\n\n`);
      }
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
      server: { body_limit: '3mb' },
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
          {
            name: 'media',
            base_url: upstream.url,
            speaks: ['openai-images', 'openai-audio'],
            price: {
              input: 0.919,
              output: 3.001,
              audio_output: 7.013,
              per_image: 0.0123,
              per_second: 0.000113,
            },
          },
          { name: 'judge', base_url: upstream.url, speaks: ['openai-moderations'], price: 'free' },
        ],
      },
    });
  });

  afterAll(async () => {
    await Promise.all([gateway.close(), upstream.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: object | FormData): Promise<void> => {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TEST_KEY}`,
        ...(!(body instanceof FormData) && { 'content-type': 'application/json' }),
      },
      body: body instanceof FormData ? body : JSON.stringify({ ...CHAT, ...body }),
    });
    expect([path, response.status]).toEqual([path, 200]);
    await response.text();
  };

  it('is one sum in the rows, the report, the limits and the metrics, for every operation', async () => {
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
    await post('/v1/images/generations', { model: 'media', messages: undefined, prompt: 'x', n: 2 });
    await post('/v1/images/edits', formOf({ model: 'media', prompt: 'x', n: '3' }, 'image'));
    await post('/v1/audio/transcriptions', formOf({ model: 'media' }, 'file'));
    const speech = { input: 'hi', voice: 'alloy', stream_format: 'sse' };
    await post('/v1/audio/speech', { model: 'media', messages: undefined, ...speech });
    await post('/v1/moderations', { model: 'judge', messages: undefined, input: 'hi' });
    await until(() => gateway.running.count === 0);
    const nanoOf: Record<string, number> = {
      chat: 7 * CHAT_NANO,
      text_completion: CHAT_NANO,
      embeddings: 41 * 333,
      rerank: 3 * 1_700_000,
      image_generation: 5 * 12_300_000,
      transcription: 17 * 113_000,
      speech: 19 * 919 + 83 * 7013,
      moderation: 0,
    };
    const nano = Object.values(nanoOf).reduce((sum, each) => sum + each, 0);

    const report = (await (await gateway.get('/v1/usage')).json()) as { data: { cost_usd: number }[] };
    expect(report.data).toMatchObject([
      {
        requests: 15,
        // The moderation says nothing of its use: its input is estimated, as one token.
        prompt_tokens: 8 * 1237 + 41 + 19 + 1,
        estimated_requests: 1,
        completion_tokens: 8 * 311 + 83,
        cached_tokens: 8 * 123,
        unpriced_requests: 0,
      },
    ]);
    // As the board asks.
    const parts = (await (await gateway.get('/v1/usage?group_by=operation,day')).json()) as {
      data: { operation: string; cost_usd: number }[];
    };
    const costs = parts.data.map(({ operation, cost_usd: usd }) => [operation, Math.round(usd * 1e9)]);
    expect(Object.fromEntries(costs)).toEqual(nanoOf);
    const rows = await storedCalls(join(folder, 'usage.db'));
    expect(rows.reduce((sum, row) => sum + (row.cost_nano as number), 0)).toBe(nano);
    expect(rows.flatMap(({ images }) => images ?? [])).toEqual([2, 3]);
    expect(rows.flatMap(({ seconds }) => seconds ?? [])).toEqual([17]);
    const limits = (await (await gateway.get('/v1/limits')).json()) as {
      data: { limits: { used: number }[] }[];
    };
    const scrape = new Scrape(await (await gateway.get('/metrics')).text());
    const spent = [
      report.data[0]!.cost_usd,
      ...limits.data.map((scope) => scope.limits[0]!.used),
      Object.values(scrape.series('llm_gateway_spend_usd_total')).reduce((sum, usd) => sum + usd, 0),
    ];
    expect(spent.map((usd) => Math.round(usd! * 1e9))).toEqual([nano, nano, nano, nano]);
  });

  it.each([
    ['behind the file', { n: '4' }, 70_000, 4],
    ['behind a file of 1.5 MB', { n: '4' }, 1_500_000, 4],
    ['nowhere', {}, 70_000, 1],
    ['too far behind to be waited for', { n: '4' }, 4_000_000, 10],
  ] as const)(
    'a form holds the price of as many images as it asks for: n is %s',
    async (_, n, bytes, images) => {
      const reserved = async () => {
        const { data } = (await (await gateway.get('/v1/limits')).json()) as {
          data: { limits: { reserved: number }[] }[];
        };
        return data.map(({ limits }) => Math.round(limits[0]!.reserved * 1e9));
      };
      let respond: (() => void) | undefined;
      waits = (then) => (respond = then);
      const edit = post('/v1/images/edits', formOf({ model: 'media', prompt: 'x', ...n }, 'image', bytes));
      await until(() => respond !== undefined);
      expect(await reserved()).toEqual([images * 12_300_000, images * 12_300_000]);
      respond!();
      await edit;
      await until(() => gateway.running.count === 0);
      expect(await reserved()).toEqual([0, 0]);
      waits = undefined;
    },
  );
});
