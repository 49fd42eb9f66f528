import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { InternalServerError } from 'openai';
import { WEATHER_SCHEMA, WORDS, baseURL, failureOf, openForSdks, sandbox } from '../support/sdk-gateway.js';
import { TEST_KEY } from '../support/start-gateway.js';

openForSdks();

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

    it('calls a tool, and goes on with its result', async () => {
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
