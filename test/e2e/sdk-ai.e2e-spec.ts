import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, Output, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { WEATHER_SCHEMA, WORDS, baseURL, failureOf, openForSdks, sandbox } from '../support/sdk-gateway.js';
import { TEST_KEY } from '../support/start-gateway.js';

openForSdks();

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

    it('calls a tool, and goes on with its result', async () => {
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
