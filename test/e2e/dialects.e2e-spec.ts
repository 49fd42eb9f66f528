import Anthropic from '@anthropic-ai/sdk';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type Asked, CLIENTS } from '../support/dialect-clients.js';
import {
  type TestGateway,
  SINGLE_ATTEMPTS,
  TEST_KEY,
  startGateway,
  until,
} from '../support/start-gateway.js';

jest.setTimeout(180_000);

/** Models of one service each, by the wire format that it speaks. */
const MODELS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini', 'mapped'] as const;

const WEATHER = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const TIME = {
  name: 'get_time',
  parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
};
const CITY = {
  type: 'object',
  properties: { name: { type: 'string' }, population: { type: 'integer' } },
  required: ['name', 'population'],
  additionalProperties: false,
};

let sandbox: Sandbox;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  const base_url = `${sandbox.url}/v1`;
  const api_key = 'sandbox-key';
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'openai-chat', base_url, api_key, speaks: ['openai-chat'] },
        { name: 'openai-responses', base_url, api_key, speaks: ['openai-responses'] },
      ],
      anthropic: [
        { name: 'anthropic-messages', base_url, api_key },
        { name: 'falls-back', base_url, api_key, fallbacks: ['openai-chat'] },
      ],
      gemini: [{ name: 'gemini', base_url, api_key }],
      request: [
        {
          name: 'mapped',
          base_url,
          auth_url: `${sandbox.url}/login`,
          username: 'demo',
          password: 'demo-password',
          response: {
            text: 'choices[0].message.content',
            tool_calls: 'choices[0].message.tool_calls',
            finish_reason: 'choices[0].finish_reason',
            usage: 'usage',
          },
          stream: {
            format: 'sse',
            text: 'data.choices[0].delta.content',
            tool_calls: 'data.choices[0].delta.tool_calls',
            finish_reason: 'data.choices[0].finish_reason',
            usage: 'data.usage',
          },
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
});
beforeEach(() => sandbox.clearFaults());

const cases = Object.keys(CLIENTS).flatMap((client) =>
  MODELS.flatMap((model) => [false, true].map((stream) => ({ client, model, stream }))),
);

describe.each(cases)(
  '$client to a service that speaks $model, stream: $stream',
  ({ client, model, stream }) => {
    const ask = (asked: Omit<Asked, 'model' | 'stream'>) =>
      CLIENTS[client]!(gateway.url, { model, stream, ...asked });
    const last = (): string =>
      sandbox.requests.findLast(({ path }) => !path.endsWith('/login'))!.body.toString();

    it('carries text, and counts it', async () => {
      const understood = await ask({ system: 'Be brief.', question: 'How are you, friend?' });
      expect(understood).toMatchObject({ calls: [], end: 'stop' });
      expect(understood.text).toContain('You said: "How are you, friend?"');
      expect(understood.text).toMatch(/^Hello!.*works\.$/s);
      expect(understood.inputTokens).toBeGreaterThan(5);
      expect(understood.outputTokens).toBeGreaterThan(5);
      expect(last()).toContain('Be brief.');
    });

    it('carries parallel calls of tools, and their results', async () => {
      const tools = [WEATHER, TIME];
      const question = 'What is the weather and the time?';
      const { calls, end } = await ask({ question, tools });
      expect(end).toBe('tools');
      expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
      expect(calls[0]!.input).toEqual({ city: expect.any(String) as string });
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      const [first, second] = calls as [(typeof calls)[0], (typeof calls)[0]];
      const results = [
        { call: first, content: 'sunny, 21 degrees' },
        { call: second, content: 'no clock here', isError: true },
      ];
      const answer = await ask({ question, tools, results });
      expect(answer).toMatchObject({ calls: [], end: 'stop' });
      expect(answer.text).toMatch(/^The tool answered: "(?:Error: )?no clock here"\.$/);
      expect(last()).toContain('sunny, 21 degrees');
    });

    it('carries images', async () => {
      const { text } = await ask({ question: 'What do you see?', hasImage: true });
      expect(text).toContain('I see 1 image');
    });

    it('keeps to the limit of tokens', async () => {
      const { text, end } = await ask({ question: 'Tell me all', maxTokens: 16 });
      expect(end).toBe('length');
      expect(text.split(' ').length).toBeLessThanOrEqual(16);
    });

    it('carries a JSON Schema', async () => {
      const { text } = await ask({ question: 'Name a city', schema: CITY });
      expect(JSON.parse(text)).toEqual({
        name: expect.any(String) as string,
        population: expect.any(Number) as number,
      });
    });

    it('reports the failures of the service', async () => {
      sandbox.fail({ kind: 'status', status: 500 });
      await expect(ask({ question: 'hi' })).rejects.toMatchObject({ status: 500 });
      sandbox.fail({ kind: 'status', status: 429, retry_after: 3 });
      await expect(ask({ question: 'hi' })).rejects.toMatchObject({ status: 429 });
      sandbox.fail({ kind: 'html' });
      await expect(ask({ question: 'hi' })).rejects.toMatchObject({ status: 500 });
    });

    it('never takes half a reply for a whole one', async () => {
      sandbox.fail({ kind: 'cut', after: 2 });
      await expect(ask({ question: 'Tell me a long story' })).rejects.toThrow();
    });
  },
);

it('aborts a call whose client leaves, for every translation', async () => {
  for (const model of ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini']) {
    for (const client of ['openai-chat', 'openai-responses', 'anthropic-messages']) {
      sandbox.fail({ kind: 'stall', after: 2 });
      const left = new AbortController();
      const aborted = sandbox.abortedCalls;
      const asking = CLIENTS[client]!(gateway.url, { model, question: 'hi', stream: true }, left.signal);
      await until(() => sandbox.openStreams > 0);
      left.abort();
      await expect(asking).rejects.toThrow();
      await sandbox.waitFor(({ abortedCalls }) => abortedCalls > aborted);
    }
  }
});

it('does not name a field as dropped if only a failed attempt could not carry it', async () => {
  sandbox.fail({ kind: 'status', status: 500 });
  const response = await gateway.chat({
    model: 'falls-back',
    seed: 7,
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-gateway-route')).toContain('fallback openai-chat');
  expect(response.headers.get('x-gateway-dropped')).toBeNull();
  expect(sandbox.requests.at(-1)!.body.toString()).toContain('"seed":7');
});

it('lists the formats of a model by the names that the configuration takes', async () => {
  const { data } = (await (await gateway.get('/v1/models')).json()) as {
    data: { id: string; speaks: string[] }[];
  };
  expect(data.find(({ id }) => id === 'anthropic-messages')!.speaks).toEqual(['anthropic-messages']);
});

it('gives the models page by page to clients that ask for pages', async () => {
  const client = new Anthropic({ baseURL: gateway.url, apiKey: TEST_KEY, maxRetries: 0 });
  const all = (await client.models.list()).data.map(({ id }) => id);
  expect(all.length).toBeGreaterThan(2);
  const first = await client.models.list({ limit: 2 });
  expect([first.data.map(({ id }) => id), first.has_more]).toEqual([all.slice(0, 2), true]);
  const paged: string[] = [];
  for await (const { id } of client.models.list({ limit: 2 })) paged.push(id);
  expect(paged).toEqual(all);
  const { response } = await client.models.list().withResponse();
  const one = await client.models.retrieve('gemini');
  for (const id of [response.headers.get('request-id'), one._request_id]) expect(id).toMatch(/^[\w-]{36}$/);
});
