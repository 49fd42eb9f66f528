import { CallEvents } from '../../src/calls/call-events.js';
import { type CallRecord } from '../../src/calls/call-record.js';
import {
  SINGLE_ATTEMPTS,
  TEST_KEY,
  type TestGateway,
  startGateway,
  until,
} from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  startUpstream,
} from '../support/start-upstream.js';

const ROUTES = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' };
type Client = keyof typeof ROUTES;

const bodyOf = (client: Client, model: string, stream: boolean): object => {
  if (client === 'responses') return { model, stream, input: 'hi' };
  return { model, stream, max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] };
};

/** Replies of services that say in their own ways how they served a call: 1,000 tokens in, 100 out. */
const SERVICES: Record<string, { json: (tier: string) => object; events: (tier: string) => string }> = {
  openai: {
    json: (tier) => completion('x', { usage: CHAT_USAGE, service_tier: tier }),
    events: (tier) => {
      const last = { id: 'c', object: 'chat.completion.chunk', model: 'm', service_tier: tier };
      return `${chunkEvent('hi')}${chunkEvent('', 'stop')}${data({ ...last, choices: [], usage: CHAT_USAGE })}data: [DONE]\n\n`;
    },
  },
  responses: {
    json: (tier) => response(tier),
    events: (tier) =>
      named({
        type: 'response.created',
        response: { ...response(tier), status: 'in_progress', output: [] },
      }) +
      named({ type: 'response.output_item.added', output_index: 0, item: { ...MESSAGE_ITEM, content: [] } }) +
      named({
        type: 'response.output_text.delta',
        output_index: 0,
        content_index: 0,
        item_id: 'm',
        delta: 'x',
      }) +
      named({ type: 'response.completed', response: response(tier) }),
  },
  anthropic: {
    json: (tier) => ({
      ...MESSAGE,
      content: [{ type: 'text', text: 'x' }],
      usage: { ...MESSAGES_USAGE, service_tier: tier },
    }),
    events: (tier) =>
      named({
        type: 'message_start',
        message: { ...MESSAGE, content: [], usage: { ...MESSAGES_USAGE, service_tier: tier } },
      }) +
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
      named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } }) +
      named({ type: 'content_block_stop', index: 0 }) +
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 100 } }) +
      named({ type: 'message_stop' }),
  },
  gemini: {
    json: (tier) => generated(tier),
    events: (tier) => data(generated(tier)),
  },
};
const CHAT_USAGE = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
const MESSAGES_USAGE = { input_tokens: 1000, output_tokens: 100 };
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' };
const MESSAGE_ITEM = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'x', annotations: [] }],
};
const response = (tier: string) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  service_tier: tier,
  output: [MESSAGE_ITEM],
  usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
});
const generated = (tier: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] }, finishReason: 'STOP' }],
  usageMetadata: {
    promptTokenCount: 1000,
    candidatesTokenCount: 100,
    trafficType: tier === 'standard' ? 'ON_DEMAND' : `ON_DEMAND_${tier.toUpperCase()}`,
  },
});
const data = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
const named = (event: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${event.type}\n${data(event)}`;

describe('a service that reports in which tier it served a call', () => {
  let service: TestUpstream;
  let gateway: TestGateway;
  let records: CallRecord[];
  let tier = '';

  beforeAll(async () => {
    service = await startUpstream(({ req, res, body }) => {
      const { json: whole, events } = SERVICES[/\/as-(\w+)/.exec(req.url!)![1]!]!;
      if (!req.url!.includes('streamGenerate') && !body.includes('"stream":true'))
        return res.end(JSON.stringify(whole(tier)));
      beginStream(res);
      return res.end(events(tier));
    });
    const rates = { input: 1, output: 10 };
    const price = {
      ...rates,
      service_tiers: { flex: { input: 0.5, output: 5 }, priority: { input: 2, output: 20 } },
    };
    const entry = (name: string, more: object = {}) => ({
      name,
      base_url: `${service.url}/as-${name}`,
      price,
      ...more,
    });
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      models: {
        openai: [
          entry('openai'),
          entry('responses', { speaks: ['openai-responses'] }),
          { name: 'plain', base_url: `${service.url}/as-openai`, price: rates },
          { name: 'free', base_url: `${service.url}/as-openai`, price: 'free' },
          { name: 'published', base_url: `${service.url}/as-openai`, model_name: 'gpt-4o' },
        ],
        anthropic: [entry('anthropic')],
        gemini: [entry('gemini')],
      },
    });
    gateway.app.get(CallEvents).subscribe({ answered: (record) => void records.push(record) });
  });

  beforeEach(() => void (records = []));
  afterAll(() => Promise.all([gateway.close(), service.close()]));

  async function costOf(client: Client, model: string, stream: boolean): Promise<number | null | undefined> {
    const reply = await fetch(`${gateway.url}${ROUTES[client]}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...bodyOf(client, model, stream),
        ...(client === 'chat' && stream && { stream_options: { include_usage: true } }),
      }),
    });
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('x')]);
    await until(() => records.length > 0);
    return records[0]!.costNanoUsd;
  }

  const cases = (Object.keys(ROUTES) as Client[]).flatMap((client) =>
    ['openai', 'responses', 'anthropic', 'gemini'].flatMap((model) =>
      [false, true].map((stream) => [client, model, stream] as const),
    ),
  );

  it.each(cases)('is paid at the price of that tier: %s at %s, stream: %s', async (client, model, stream) => {
    const costs: unknown[] = [];
    for (tier of ['flex', 'priority', 'standard']) {
      records = [];
      costs.push(await costOf(client, model, stream));
    }
    expect(costs).toEqual([1_000_000, 4_000_000, 2_000_000]);
    expect(records[0]!.price).toBe('config: input 1, output 10');
  });

  it.each([
    ['plain', false, 'no price for service tier priority; config: input 1, output 10'],
    ['plain', true, 'no price for service tier priority; config: input 1, output 10'],
    ['published', false, expect.stringMatching(/^no price for service tier priority; .*openai\/gpt-4o/)],
  ])('has an unknown cost if the tier has no price: %s, stream: %s', async (model, stream, price) => {
    tier = 'priority';
    expect(await costOf('chat', model, stream)).toBeNull();
    expect(records[0]!.price).toEqual(price);
    const said = gateway.log().filter(({ message }) => String(message).startsWith('service tier without'));
    expect(said.filter((line) => line['model'] === model)).toEqual([
      expect.objectContaining({ tier: 'priority' }),
    ]);
  });

  it('costs nothing in any tier if the model is free', async () => {
    tier = 'priority';
    expect(await costOf('chat', 'free', false)).toBe(0);
  });

  it.each(['default', 'auto', 'standard', 'on_demand', 'Default', ''])(
    'has the ordinary price if it reports %j',
    async (said) => {
      tier = said;
      expect(await costOf('chat', 'openai', false)).toBe(2_000_000);
    },
  );
});
