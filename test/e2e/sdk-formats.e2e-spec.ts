import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { APICallError, embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { WEATHER_SCHEMA, WORDS, failureOf } from '../support/sdk-gateway.js';
import { type TestGateway, SINGLE_ATTEMPTS, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';

const VECTOR = [0.5, -1.25, 0.1, 1e-8];
/** What 32 bits keep of it. */
const FLOATS = [...new Float32Array(VECTOR)];
const QUESTION = 'What is the weather in Oslo?';

let sandbox: Sandbox;
let vectors: TestUpstream;
let gateway: TestGateway;
let baseURL: string;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 1 });
  vectors = await startUpstream(({ res, body }) => {
    const { model, encoding_format } = JSON.parse(body.toString()) as Record<string, unknown>;
    const isObeyed = model === 'obeys' && encoding_format === 'base64';
    const embedding = isObeyed ? Buffer.from(new Float32Array(VECTOR).buffer).toString('base64') : VECTOR;
    const data = [{ object: 'embedding', index: 0, embedding }];
    sendJson(res, { object: 'list', model, data, usage: { prompt_tokens: 1, total_tokens: 1 } });
  });
  const base_url = `${sandbox.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'openai-only', base_url, api_key: 'sandbox-key', speaks: ['openai-chat'] },
        { name: 'obeys', base_url: `${vectors.url}/v1`, speaks: ['openai-embeddings'] },
        { name: 'ignores', base_url: `${vectors.url}/v1`, speaks: ['openai-embeddings'] },
      ],
      anthropic: [{ name: 'anthropic-only', base_url, api_key: 'sandbox-key' }],
    },
  });
  baseURL = `${gateway.url}/v1`;
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
  await vectors?.close();
});
afterEach(() => sandbox.clearFaults());

describe.each(['openai-only', 'anthropic-only'])('with the model %s', (name) => {
  describe.each([
    ['@ai-sdk/openai', () => createOpenAI({ baseURL, apiKey: TEST_KEY })(name)],
    ['@ai-sdk/anthropic', () => createAnthropic({ baseURL, apiKey: TEST_KEY })(name)],
  ])('%s', (_package, modelOf) => {
    const options = () => ({
      model: modelOf(),
      maxRetries: 0,
      maxOutputTokens: 1000,
      providerOptions: { openai: { store: false } },
    });

    it('chats and streams', async () => {
      const chat = await generateText({ ...options(), prompt: WORDS });
      expect(chat.text).toContain(WORDS);
      expect(chat.finishReason).toBe('stop');
      const stream = streamText({ ...options(), prompt: WORDS });
      expect(await stream.text).toContain(WORDS);
      expect((await stream.usage).totalTokens).toBeGreaterThan(0);
    });

    it('calls a tool, and goes on with its result', async () => {
      const asked: unknown[] = [];
      const run = {
        ...options(),
        prompt: QUESTION,
        tools: {
          get_weather: tool({
            inputSchema: jsonSchema<{ city: string; days: number }>(WEATHER_SCHEMA),
            execute: (question) => {
              asked.push(question);
              return 'sunny, 21 °C';
            },
          }),
        },
        stopWhen: stepCountIs(3),
      };
      expect((await generateText(run)).text).toContain('sunny, 21 °C');
      expect(await streamText(run).text).toContain('sunny, 21 °C');
      expect(asked).toHaveLength(2);
    });

    it('raises its own errors, in streams as well', async () => {
      sandbox.fail({ kind: 'status', status: 500 });
      const failed = await failureOf(generateText({ ...options(), prompt: WORDS }));
      expect(APICallError.isInstance(failed) && failed.statusCode).toBe(500);
      sandbox.fail({ kind: 'cut', after: 4 });
      const errors: unknown[] = [];
      const stream = streamText({
        ...options(),
        prompt: WORDS,
        onError: ({ error }) => void errors.push(error),
      });
      await stream.consumeStream();
      expect(errors).toHaveLength(1);
      expect(await stream.finishReason).toBe('error');
    });
  });

  describe.each([
    [
      'ChatOpenAI over Responses',
      () =>
        new ChatOpenAI({
          model: name,
          apiKey: TEST_KEY,
          maxRetries: 0,
          useResponsesApi: true,
          zdrEnabled: true,
          configuration: { baseURL },
        }),
    ],
    [
      'ChatAnthropic',
      () => new ChatAnthropic({ model: name, apiKey: TEST_KEY, maxRetries: 0, anthropicApiUrl: gateway.url }),
    ],
  ])("LangChain's %s", (_class, modelOf) => {
    it('chats and streams', async () => {
      expect((await modelOf().invoke(WORDS)).text).toContain(WORDS);
      const parts: string[] = [];
      for await (const part of await modelOf().stream(WORDS)) parts.push(part.text);
      expect(parts.join('')).toContain(WORDS);
      expect(parts.length).toBeGreaterThan(5);
    });

    it('calls a tool, and goes on with its result', async () => {
      const weather = { name: 'get_weather', description: 'Tells the weather', schema: WEATHER_SCHEMA };
      const model = modelOf().bindTools([weather as never]);
      const question = new HumanMessage(QUESTION);
      const call = await model.invoke([question]);
      expect(call.tool_calls).toMatchObject([{ name: 'get_weather' }]);
      const result = new ToolMessage({ tool_call_id: call.tool_calls![0]!.id!, content: 'sunny, 21 °C' });
      expect((await model.invoke([question, call, result])).text).toContain('sunny, 21 °C');
    });

    it('raises its own errors', async () => {
      sandbox.fail({ kind: 'status', status: 500 });
      expect(await failureOf(modelOf().invoke(WORDS))).toMatchObject({ status: 500 });
    });
  });
});

describe.each(['obeys', 'ignores'])('embeddings of a service that %s encoding_format', (model) => {
  it("are the service's floats for every SDK", async () => {
    const client = new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries: 0 });
    const usual = await client.embeddings.create({ model, input: 'x' });
    expect(usual.data[0]!.embedding).toEqual(FLOATS);
    const floats = await client.embeddings.create({ model, input: 'x', encoding_format: 'float' });
    expect(floats.data[0]!.embedding).toEqual(VECTOR);
    const configuration = { baseURL };
    const chain = new OpenAIEmbeddings({ model, apiKey: TEST_KEY, maxRetries: 0, configuration });
    expect([FLOATS, VECTOR]).toContainEqual(await chain.embedQuery('x'));
    const { embedding } = await embed({
      model: createOpenAI({ baseURL, apiKey: TEST_KEY }).embedding(model),
      value: 'x',
      maxRetries: 0,
    });
    expect(embedding).toEqual(VECTOR);
  });
});
