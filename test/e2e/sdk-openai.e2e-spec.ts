import OpenAI, { APIError, AuthenticationError, InternalServerError, NotFoundError } from 'openai';
import {
  USER_QUESTION,
  WEATHER_SCHEMA,
  WORDS,
  baseURL,
  failureOf,
  gateway,
  openForSdks,
  requestCount,
  sandbox,
} from '../support/sdk-gateway.js';
import { TEST_KEY } from '../support/start-gateway.js';

openForSdks();

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

    it.each([false, true])('calls a tool, and goes on with its result (stream: %s)', async (stream) => {
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

  it('sends images, asks for two choices, and for JSON by a schema', async () => {
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

  it('streams two choices side by side', async () => {
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
