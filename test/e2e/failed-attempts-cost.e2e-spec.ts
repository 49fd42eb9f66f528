import { CallEvents } from '../../src/calls/call-events.js';
import { type CallRecord } from '../../src/calls/call-record.js';
import { TEST_KEY, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  startUpstream,
} from '../support/start-upstream.js';

const CHAT_USAGE = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
const FAILED = { error: { message: 'The model gave up.', type: 'server_error', code: 500 } };
const MESSAGES = { messages: [{ role: 'user', content: 'hi' }] };
const data = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;

/** What a failed attempt costs: 1,000 tokens in at 1 USD, 100 out at 10 USD, per million. */
const FAILED_COST = 2_000_000;
/** The same at the price of `second`. */
const SECOND_COST = 5_000_000;

describe('what failed attempts have used, as their services say', () => {
  let service: TestUpstream;
  let spare: TestUpstream;
  let gateway: TestGateway;
  let records: CallRecord[];

  beforeAll(async () => {
    [service, spare] = await Promise.all([startUpstream(), startUpstream()]);
    const price = { input: 1, output: 10 };
    const base_url = service.url;
    const retry = { max_retries: 1, backoff_seconds: 0 };
    const entry = { base_url, price, retry, fallbacks: ['second'] };
    gateway = await startGateway({
      retry: { budget_percent: 100 },
      breaker: { enabled: false },
      models: {
        openai: [
          { ...entry, name: 'chat' },
          { ...entry, name: 'alone', fallbacks: [], retry: { max_retries: 0 } },
          { ...entry, name: 'unpriced', price: { input: 1 } },
          { ...entry, name: 'responses', speaks: ['openai-responses'] },
          { name: 'second', base_url: spare.url, price: { input: 4, output: 10 } },
        ],
        anthropic: [{ ...entry, name: 'claude' }],
        gemini: [{ ...entry, name: 'gemini' }],
      },
    });
    gateway.app.get(CallEvents).subscribe({ answered: (record) => void records.push(record) });
  });

  beforeEach(() => {
    records = [];
    spare.handle(({ res, body }) => {
      if (!body.includes('"stream":true'))
        return res.end(JSON.stringify(completion('x', { usage: CHAT_USAGE })));
      beginStream(res);
      const last = { id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [], usage: CHAT_USAGE };
      return res.end(`${chunkEvent('x')}${chunkEvent('', 'stop')}${data(last)}data: [DONE]\n\n`);
    });
  });

  afterAll(() => Promise.all([gateway.close(), service.close(), spare.close()]));

  /** @returns the status, and what the ledger writes down */
  async function call(model: string, body: object = {}, path = '/v1/chat/completions'): Promise<unknown[]> {
    const reply = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, ...MESSAGES, ...body }),
    });
    await reply.text();
    await until(() => records.length > 0);
    const { usage, costNanoUsd, attemptLog } = records[0]!;
    return [reply.status, attemptLog.length, usage?.promptTokens, usage?.completionTokens, costNanoUsd];
  }

  const streamed = { stream: true, stream_options: { include_usage: true } };

  it.each<[string, string, object, unknown]>([
    ['a document', 'chat', {}, { ...FAILED, usage: CHAT_USAGE }],
    ['an event', 'chat', streamed, { ...FAILED, usage: CHAT_USAGE }],
    [
      'a failed response',
      'responses',
      {},
      {
        object: 'response',
        id: 'resp_1',
        status: 'failed',
        output: [],
        error: { code: 'server_error', message: 'It gave up.' },
        usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
      },
    ],
    [
      'a message',
      'claude',
      {},
      {
        type: 'error',
        ...FAILED,
        usage: { input_tokens: 900, cache_read_input_tokens: 100, output_tokens: 100 },
      },
    ],
    [
      'a reply of Gemini',
      'gemini',
      {},
      {
        error: { code: 500, status: 'INTERNAL', message: 'It gave up.' },
        usageMetadata: { promptTokenCount: 1000, candidatesTokenCount: 100 },
      },
    ],
  ])('are added: %s of %s, before a fallback', async (_what, model, body, failure) => {
    service.handle(({ res }) => {
      if (!('stream' in body)) return res.end(JSON.stringify(failure));
      beginStream(res);
      return res.end(data(failure as object));
    });
    const [status, attempts, input, output, cost] = await call(model, body);
    const failed = (attempts as number) - 1;
    expect([status, failed > 0]).toEqual([200, true]);
    expect([input, output]).toEqual([1000 * (failed + 1), 100 * (failed + 1)]);
    expect(cost).toBe(FAILED_COST * failed + SECOND_COST);
    expect(service.calls.length).toBe(failed);
    service.calls.length = 0;
  });

  it('are the whole usage if no attempt succeeds', async () => {
    service.handle(({ res }) => res.end(JSON.stringify({ ...FAILED, usage: CHAT_USAGE })));
    expect(await call('alone')).toEqual([500, 1, 1000, 100, FAILED_COST]);
  });

  it('are nothing if the service reports none, or zeros', async () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0 };
    for (const failure of [FAILED, { ...FAILED, usage: zeros }, { ...FAILED, usage: 'x' }]) {
      records = [];
      service.handle(({ res }) => res.end(JSON.stringify(failure)));
      expect((await call('chat')).slice(2)).toEqual([1000, 100, SECOND_COST]);
    }
  });

  it('have an unknown cost if they have no price, and are still counted', async () => {
    service.handle(({ res }) => res.end(JSON.stringify({ ...FAILED, usage: CHAT_USAGE })));
    const [, , input, , cost] = await call('unpriced');
    expect([(input as number) > 1000, cost]).toEqual([true, null]);
  });
});
