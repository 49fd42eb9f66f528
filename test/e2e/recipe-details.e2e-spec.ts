import { type ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { CozeService } from '../support/recipes/coze-service.js';
import { DifyService } from '../support/recipes/dify-service.js';
import { EnvelopeService, JobService } from '../support/recipes/house-services.js';
import { OllamaService, TOOL_CALL } from '../support/recipes/ollama-service.js';
import { QianfanService } from '../support/recipes/qianfan-service.js';
import { RecipeRun } from '../support/recipes/recipe-run.js';
import { BREAK, answerTo } from '../support/recipes/recipe-service.js';

const HI: ChatCompletionMessageParam[] = [{ role: 'user', content: 'hi' }];
const TOOL = {
  type: 'function' as const,
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

let run: RecipeRun;
afterEach(() => run.close());

describe('ollama.yaml', () => {
  let service: OllamaService;
  beforeEach(async () => {
    service = new OllamaService();
    run = await RecipeRun.start('ollama.yaml', service);
  });

  it('sends options with the names and types of Ollama, and omits those that the client did not set', async () => {
    await run.ask('ollama', HI, false);
    expect(service.body).toEqual({
      model: 'qwen3:8b',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      options: {},
    });
    const options = { temperature: 0.5, top_p: 0.9, seed: 7, max_tokens: 50 };
    await run.ask('ollama', HI, true, { ...options, stop: 'END', response_format: { type: 'json_object' } });
    expect(service.body).toMatchObject({
      stream: true,
      format: 'json',
      options: { temperature: 0.5, top_p: 0.9, seed: 7, num_predict: 50, stop: ['END'] },
    });
    await run.ask('ollama', HI, false, { temperature: 0, stop: ['a', 'b'] });
    expect(service.body['options']).toEqual({ temperature: 0, stop: ['a', 'b'] });
  });

  it.each([false, true])('holds tool calls in both directions (stream: %s)', async (stream) => {
    const { name } = TOOL_CALL.function;
    let call: { id: string; function: { name: string; arguments: string } } | undefined;
    if (stream) {
      const message = await run.client.chat.completions
        .stream({ model: 'ollama', messages: HI, tools: [TOOL] })
        .finalChatCompletion();
      expect(message.choices[0]!.finish_reason).toBe('tool_calls');
      call = message.choices[0]!.message.tool_calls?.[0] as typeof call;
    } else {
      const { choices } = await run.client.chat.completions.create({
        model: 'ollama',
        messages: HI,
        tools: [TOOL],
      });
      expect(choices[0]!.finish_reason).toBe('tool_calls');
      call = choices[0]!.message.tool_calls?.[0] as typeof call;
    }
    expect(call!.function.name).toBe(name);
    expect(JSON.parse(call!.function.arguments)).toEqual(TOOL_CALL.function.arguments);
    const said: ChatCompletionMessageParam = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: call!.id, type: 'function', function: call!.function }],
    };
    const told: ChatCompletionMessageParam = { role: 'tool', tool_call_id: call!.id, content: '晴' };
    const { content } = await run.ask('ollama', [...HI, said, told], stream, { tools: [TOOL] });
    expect(content).toBe(answerTo(['hi', '', '晴']));
    expect((service.body['messages'] as unknown[])[1]).toMatchObject({ tool_calls: [TOOL_CALL] });
  });
});

it.each([false, true])(
  'qianfan.yaml takes system prompts out of the conversation (stream: %s)',
  async (stream) => {
    run = await RecipeRun.start('qianfan.yaml', new QianfanService());
    const system = (content: string): ChatCompletionMessageParam => ({ role: 'system', content });
    expect((await run.ask('ernie-4.0', [system('be brief'), ...HI], stream)).content).toBe(
      answerTo(['be brief', 'hi']),
    );
    const two = await run.ask('ernie-4.0', [system('be brief'), system('be kind'), ...HI], stream);
    expect(two.content).toBe(answerTo(['be brief\nbe kind', 'hi']));
  },
);

it('qianfan.yaml logs in once for both of its models', async () => {
  const service = new QianfanService();
  run = await RecipeRun.start('qianfan.yaml', service);
  await Promise.all(['ernie-4.0', 'ernie-whole-text'].map((model) => run.ask(model, HI, false)));
  expect(service.tokens.issued).toBe(1);
});

it('coze.yaml reports a chat that fails midway, also as JSON', async () => {
  run = await RecipeRun.start('coze.yaml', new CozeService());
  const failed = run.ask('coze', [{ role: 'user', content: BREAK }], false);
  await expect(failed).rejects.toMatchObject({ status: 500, code: 'upstream_error', message: '500 lost it' });
});

it('coze.yaml reports an unknown bot', async () => {
  run = await RecipeRun.start('coze.yaml', new CozeService(), { COZE_BOT_ID: '1' });
  for (const stream of [false, true]) {
    await expect(run.ask('coze', HI, stream)).rejects.toMatchObject({
      status: 500,
      code: 'upstream_error',
      message: expect.stringContaining('bot_id=1 does not exist') as string,
    });
  }
});

it("dify.yaml sends the client's user name, or its own", async () => {
  run = await RecipeRun.start('dify.yaml', new DifyService());
  await run.ask('dify', HI, false);
  await run.ask('dify', HI, true, { user: 'kim' });
  const users = run.upstream.calls.map(({ body }) => (JSON.parse(body.toString()) as { user: unknown }).user);
  expect(users).toEqual(['llm-gateway', 'kim']);
});

it('envelope.yaml sends a long conversation in time', async () => {
  run = await RecipeRun.start('envelope.yaml', new EnvelopeService());
  const messages = Array.from({ length: 201 }, (_, index): ChatCompletionMessageParam => {
    return { role: index % 2 === 0 ? 'user' : 'assistant', content: `m${index}` };
  });
  const { content } = await run.ask('house-model', messages, false);
  expect(content).toBe(answerTo(messages.map((message) => message.content)));
});

it.each([false, true])(
  'submit-poll.yaml renews a token that ends while a job runs, and submits nothing again (stream: %s)',
  async (stream) => {
    const service = new JobService();
    run = await RecipeRun.start('submit-poll.yaml', service);
    const answer = run.ask('job-model', HI, stream);
    const wait = setInterval(() => {
      if (!run.upstream.calls.some(({ path }) => path.startsWith('/tasks'))) return;
      service.tokens.revoke();
      clearInterval(wait);
    }, 5);
    expect((await answer).content).toBe(answerTo(['hi']));
    expect(service.tokens.issued).toBe(2);
    expect(run.upstream.calls.filter(({ path }) => path === '/tasks')).toHaveLength(1);
  },
);
