import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, Output, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import OpenAI, { APIError, AuthenticationError, InternalServerError, NotFoundError } from 'openai';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { TEST_KEY, type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';

const WORDS = '你好，今天 🌤️ 天气怎么样？👨‍👩‍👧‍👦';
const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, days: { type: 'integer' as const } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const USER_QUESTION = [{ role: 'user' as const, content: WORDS }];

let sandbox: Sandbox;
let gateway: TestGateway;
let baseURL: string;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 1 });
  const base_url = `${sandbox.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'open', base_url, api_key: 'sandbox-key' },
        { name: 'locked-out', base_url, api_key: 'not-the-key' },
      ],
      request: [
        {
          name: 'closed',
          base_url,
          auth_url: `${sandbox.url}/login`,
          username: 'demo',
          password: 'demo-password',
        },
      ],
    },
  });
  baseURL = `${gateway.url}/v1`;
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});
beforeEach(() => {
  const fetch = globalThis.fetch;
  jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith(gateway.url)) throw new Error(`an SDK wants to go elsewhere: ${url}`);
    return fetch(input, init);
  });
});
afterEach(() => sandbox.clearFaults());

const requestCount = () => gateway.log().filter((line) => line.message === 'request').length;

/** What was thrown. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error,
  );
}

describe('the openai client', () => {
  const connect = (options: ConstructorParameters<typeof OpenAI>[0] = {}): OpenAI =>
    new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries: 0, ...options });

  it('lists models, and finds one', async () => {
    const names: string[] = [];
    for await (const { id, object, created } of connect().models.list()) {
      names.push(id);
      expect(object).toBe('model');
      expect(created).toEqual(expect.any(Number));
    }
    expect(names).toEqual(['open', 'locked-out', 'closed']);
    expect(await connect().models.retrieve('closed')).toMatchObject({ id: 'closed', object: 'model' });
  });

  describe.each(['open', 'closed'])('with the model %s', (model) => {
    it('chats', async () => {
      const completion = await connect().chat.completions.create({ model, messages: USER_QUESTION });
      expect(completion.choices[0]?.message.content).toContain(WORDS);
      expect(completion.choices[0]?.finish_reason).toBe('stop');
      expect(completion.usage?.total_tokens).toBeGreaterThan(0);
      expect(completion._request_id).toMatch(/\S/);
    });

    it('streams', async () => {
      const stream = await connect().chat.completions.create({
        model,
        messages: USER_QUESTION,
        stream: true,
        stream_options: { include_usage: true },
      });
      let content = '';
      let chunkCount = 0;
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        chunkCount++;
        content += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage;
      }
      expect(content).toContain(WORDS);
      expect(chunkCount).toBeGreaterThan(5);
      expect(usage?.total_tokens).toBeGreaterThan(0);
    });

    it.each([false, true])('calls a tool, and goes on with what it said (stream: %s)', async (stream) => {
      const asked: unknown[] = [];
      const run = {
        model,
        messages: [{ role: 'user' as const, content: 'What is the weather in Oslo?' }],
        tools: [
          {
            type: 'function' as const,
            function: {
              name: 'get_weather',
              description: 'Tells the weather',
              parameters: WEATHER_SCHEMA,
              parse: JSON.parse,
              function: (question: unknown) => {
                asked.push(question);
                return 'sunny, 21 °C';
              },
            },
          },
        ],
      };
      const runner = stream
        ? connect().chat.completions.runTools({ ...run, stream: true })
        : connect().chat.completions.runTools(run);
      expect(await runner.finalContent()).toContain('sunny, 21 °C');
      expect(asked).toEqual([{ city: expect.any(String) as string, days: expect.any(Number) as number }]);
    });

    it('raises its own errors', async () => {
      const ask = (client: OpenAI, name = model) =>
        failureOf(client.chat.completions.create({ model: name, messages: USER_QUESTION }));
      const unauthorized = await ask(connect({ apiKey: 'sk-wrong' }));
      expect(unauthorized).toBeInstanceOf(AuthenticationError);
      expect(unauthorized).toMatchObject({ status: 401, code: 'invalid_api_key' });

      const unknown = await ask(connect(), 'no-such-model');
      expect(unknown).toBeInstanceOf(NotFoundError);
      expect(unknown).toMatchObject({ status: 404, code: 'model_not_found' });

      sandbox.fail({ kind: 'status', status: 500 });
      const failed = await ask(connect());
      expect(failed).toBeInstanceOf(InternalServerError);
      expect(failed).toMatchObject({ status: 500, code: 'upstream_error', type: 'upstream_error' });

      for (const error of [unauthorized, unknown, failed] as APIError[]) {
        const { requestID } = error;
        expect(gateway.log().find((line) => line['request_id'] === requestID)).toMatchObject({
          status: error.status,
        });
      }
    });

    it('throws when a stream breaks', async () => {
      sandbox.fail({ kind: 'cut', after: 4 });
      const stream = await connect().chat.completions.create({
        model,
        messages: USER_QUESTION,
        stream: true,
      });
      const chunks: unknown[] = [];
      const error = await failureOf(
        (async () => {
          for await (const chunk of stream) chunks.push(chunk);
        })(),
      );
      expect(chunks).toHaveLength(4);
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({
        code: 'upstream_stream_interrupted',
        requestID: expect.any(String) as string,
      });
    });

    it('ends the call of the service within a second when it is aborted', async () => {
      sandbox.fail({ kind: 'stall', after: 3 });
      const before = sandbox.abortedStreams;
      const stream = await connect().chat.completions.create({
        model,
        messages: USER_QUESTION,
        stream: true,
      });
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content) break;
      }
      await sandbox.waitFor(({ abortedStreams }) => abortedStreams === before + 1, 1000);
    });
  });

  it('sends images, asks for two answers, and for JSON by a schema', async () => {
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    ];
    const seen = await connect().chat.completions.create({
      model: 'open',
      messages: [{ role: 'user', content }],
      n: 2,
    });
    expect(seen.choices.map(({ index }) => index)).toEqual([0, 1]);
    for (const { message } of seen.choices) expect(message.content).toContain('I see 1 image');

    const formed = await connect().chat.completions.create({
      model: 'closed',
      messages: USER_QUESTION,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'weather', strict: true, schema: WEATHER_SCHEMA },
      },
    });
    expect(JSON.parse(formed.choices[0]!.message.content!)).toEqual({
      city: expect.any(String) as string,
      days: expect.any(Number) as number,
    });
  });

  it('streams two answers side by side', async () => {
    const runner = connect().chat.completions.stream({ model: 'open', messages: USER_QUESTION, n: 2 });
    const { choices } = await runner.finalChatCompletion();
    expect(choices).toHaveLength(2);
    for (const { message } of choices) expect(message.content).toContain(WORDS);
  });

  it('may show its key as api-key', async () => {
    const client = connect({
      apiKey: 'unused',
      defaultHeaders: { authorization: null, 'api-key': TEST_KEY },
    });
    const completion = await client.chat.completions.create({ model: 'open', messages: USER_QUESTION });
    expect(completion.choices).toHaveLength(1);
  });

  it('tries again after a failure that may pass', async () => {
    const headers = { 'retry-after-ms': '10' };
    sandbox.fail({ kind: 'status', status: 500, headers }, 2);
    const [before, requestsBefore] = [sandbox.chatCount, requestCount()];
    const client = connect({ maxRetries: 2 });
    const completion = await client.chat.completions.create({ model: 'open', messages: USER_QUESTION });
    expect(completion.choices[0]?.message.content).toContain(WORDS);
    expect(sandbox.chatCount - before).toBe(3);
    expect(requestCount() - requestsBefore).toBe(3);
  });

  it('does not try again what cannot succeed', async () => {
    const [before, requestsBefore] = [sandbox.requests.length, requestCount()];
    const client = connect({ maxRetries: 2 });
    const error = await failureOf(
      client.chat.completions.create({ model: 'locked-out', messages: USER_QUESTION }),
    );
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 500, code: 'upstream_auth_failed' });
    expect(sandbox.requests.length - before).toBe(1);
    expect(requestCount() - requestsBefore).toBe(1);
  });
});

describe("Vercel's ai", () => {
  const modelOf = (name: string, apiKey = TEST_KEY) =>
    createOpenAICompatible({
      name: 'gateway',
      baseURL,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(name);

  describe.each(['open', 'closed'])('with the model %s', (name) => {
    it('chats and streams', async () => {
      const chat = await generateText({ model: modelOf(name), prompt: WORDS, maxRetries: 0 });
      expect(chat.text).toContain(WORDS);
      expect(chat.finishReason).toBe('stop');

      const stream = streamText({ model: modelOf(name), prompt: WORDS, maxRetries: 0 });
      const parts: string[] = [];
      for await (const part of stream.textStream) parts.push(part);
      expect(parts.join('')).toContain(WORDS);
      expect(parts.length).toBeGreaterThan(5);
      expect((await stream.usage).totalTokens).toBeGreaterThan(0);
    });

    it('calls a tool, and goes on with what it said', async () => {
      const asked: unknown[] = [];
      const options = {
        model: modelOf(name),
        prompt: 'What is the weather in Oslo?',
        tools: {
          get_weather: tool({
            description: 'Tells the weather',
            inputSchema: jsonSchema<{ city: string; days: number }>(WEATHER_SCHEMA),
            execute: (question) => {
              asked.push(question);
              return 'sunny, 21 °C';
            },
          }),
        },
        stopWhen: stepCountIs(3),
        maxRetries: 0,
      };
      expect((await generateText(options)).text).toContain('sunny, 21 °C');
      expect(await streamText(options).text).toContain('sunny, 21 °C');
      const question = { city: expect.any(String) as string, days: expect.any(Number) as number };
      expect(asked).toEqual([question, question]);
    });

    it('fills a schema', async () => {
      const { output } = await generateText({
        model: modelOf(name),
        prompt: WORDS,
        output: Output.object({ schema: jsonSchema(WEATHER_SCHEMA) }),
        maxRetries: 0,
      });
      expect(output).toEqual({ city: expect.any(String) as string, days: expect.any(Number) as number });
    });

    it('raises its own errors', async () => {
      const ask = (model: ReturnType<typeof modelOf>) =>
        failureOf(generateText({ model, prompt: WORDS, maxRetries: 0 }));
      const unauthorized = await ask(modelOf(name, 'sk-wrong'));
      const unknown = await ask(modelOf('no-such-model'));
      sandbox.fail({ kind: 'status', status: 500 });
      const failed = await ask(modelOf(name));
      for (const [error, statusCode] of [
        [unauthorized, 401],
        [unknown, 404],
        [failed, 500],
      ] as const) {
        expect(APICallError.isInstance(error)).toBe(true);
        expect(error).toMatchObject({ statusCode, message: expect.stringMatching(/\S/) as string });
      }
    });

    it('reports a stream that breaks', async () => {
      sandbox.fail({ kind: 'cut', after: 4 });
      const errors: unknown[] = [];
      const stream = streamText({
        model: modelOf(name),
        prompt: WORDS,
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      await stream.consumeStream();
      expect(JSON.stringify(errors)).toContain('interrupted');
      expect(await stream.finishReason).toBe('error');
    });
  });
});

describe('LangChain', () => {
  const modelOf = (model: string, apiKey = TEST_KEY): ChatOpenAI =>
    new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL } });

  describe.each(['open', 'closed'])('with the model %s', (name) => {
    it('chats and streams', async () => {
      const answer = await modelOf(name).invoke(WORDS);
      expect(answer.text).toContain(WORDS);
      expect(answer.usage_metadata?.total_tokens).toBeGreaterThan(0);

      const parts: string[] = [];
      for await (const part of await modelOf(name).stream(WORDS)) parts.push(part.text);
      expect(parts.join('')).toContain(WORDS);
      expect(parts.length).toBeGreaterThan(5);
    });

    it('calls a tool, and goes on with what it said', async () => {
      const weather = { name: 'get_weather', description: 'Tells the weather', parameters: WEATHER_SCHEMA };
      const model = modelOf(name).bindTools([{ type: 'function', function: weather }]);
      const question = new HumanMessage('What is the weather in Oslo?');
      const call = await model.invoke([question]);
      expect(call.tool_calls).toMatchObject([
        {
          name: 'get_weather',
          args: { city: expect.any(String) as string, days: expect.any(Number) as number },
        },
      ]);
      const result = new ToolMessage({ tool_call_id: call.tool_calls![0]!.id!, content: 'sunny, 21 °C' });
      expect((await model.invoke([question, call, result])).text).toContain('sunny, 21 °C');
    });

    it('fills a schema', async () => {
      const model = modelOf(name).withStructuredOutput(WEATHER_SCHEMA, {
        name: 'weather',
        method: 'jsonSchema',
      });
      expect(await model.invoke(WORDS)).toEqual({
        city: expect.any(String) as string,
        days: expect.any(Number) as number,
      });
    });

    it('raises its own errors', async () => {
      const unauthorized = await failureOf(modelOf(name, 'sk-wrong').invoke(WORDS));
      expect(unauthorized).toMatchObject({ status: 401, lc_error_code: 'MODEL_AUTHENTICATION' });
      const unknown = await failureOf(modelOf('no-such-model').invoke(WORDS));
      expect(unknown).toMatchObject({ status: 404, lc_error_code: 'MODEL_NOT_FOUND' });
      sandbox.fail({ kind: 'status', status: 500 });
      const failed = await failureOf(modelOf(name).invoke(WORDS));
      expect(failed).toBeInstanceOf(InternalServerError);
      expect(failed).toMatchObject({ status: 500, code: 'upstream_error' });
    });

    it('throws when a stream breaks', async () => {
      sandbox.fail({ kind: 'cut', after: 4 });
      const error = await failureOf(
        (async () => {
          for await (const part of await modelOf(name).stream(WORDS)) void part;
        })(),
      );
      expect(error).toMatchObject({ code: 'upstream_stream_interrupted' });
    });
  });
});
