import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { readCommands, withAnswers } from '../../src/cli/learning/exchanges.js';
import { learn } from '../../src/cli/learning/learn.js';
import { writeRecipe } from '../../src/cli/learning/write-recipe.js';
import { parseJson } from '../../src/protocol/json.js';
import { TEST_KEY, startGatewayOn } from '../support/start-gateway.js';
import { type UpstreamCall, startUpstream } from '../support/start-upstream.js';

/** What a service of which nothing is known here but public documentation would find wrong in a request. */
interface Service {
  readonly text: string;
  readonly hasStream: boolean;
  /** Whether a stream is asked for. */
  readonly isStream?: (body: Record<string, unknown>, call: UpstreamCall) => boolean;
  /** @returns the problem; undefined for none */
  readonly refuse: (body: Record<string, unknown>, call: UpstreamCall) => string | undefined;
  /** Keys of the model that must be marked as unsure. */
  readonly unsure: readonly string[];
  readonly expected: Record<string, unknown>;
}

const QUESTION = 'Who is there?';
const bearer = (call: UpstreamCall, key: string) =>
  call.headers.authorization === `Bearer ${key}` ? undefined : 'no such key';
const messagesOf = (list: unknown) =>
  JSON.stringify(list) === JSON.stringify([{ role: 'user', content: QUESTION }]);

const SERVICES: Readonly<Record<string, Service>> = {
  dashscope: {
    text: '我是阿里云开发的大规模语言模型，我叫通义千问。',
    hasStream: true,
    isStream: (_body, { headers }) => headers['x-dashscope-sse'] === 'enable',
    refuse: (body, call) =>
      bearer(call, 'key') ??
      ((body['input'] as { prompt?: unknown }).prompt === QUESTION ? undefined : 'no prompt'),
    unsure: ['response.error', 'stream.error'],
    expected: {
      request: { headers: { 'X-Dashscope-Sse': '$stream ? "enable"' } },
      stream: { whole_text: true, text: 'data.output.text' },
    },
  },
  fastgpt: {
    text: '电影《铃芽之旅》的导演是新海诚。',
    hasStream: true,
    refuse: ({ messages, chatId, detail }, call) =>
      bearer(call, 'key') ??
      (messagesOf(messages) && chatId !== 'my_chatId' && detail === false
        ? undefined
        : 'no messages, or an old chat'),
    unsure: ['request.body', 'response.error', 'stream.error'],
    expected: { response: { text: 'choices[0].message.content' } },
  },
  glm: {
    text: '好的，这是 冒泡排序：',
    hasStream: true,
    isStream: () => true,
    refuse: ({ prompt, incremental, request_id: id }, call) =>
      bearer(call, 'key') ??
      (messagesOf(prompt) && incremental === true && id !== 'planned-1696992276607'
        ? undefined
        : 'no prompt'),
    unsure: ['token', 'request.body', 'stream.error'],
    expected: { stream: { text: 'data', done: 'event = "finish"' } },
  },
  langflow: {
    text: 'Hello! How can I help you today?',
    hasStream: false,
    refuse: ({ input_value: value, session_id: id }, { headers, path }) =>
      headers['x-api-key'] === 'key' &&
      value === QUESTION &&
      id !== 'YOUR_SESSION_ID_HERE' &&
      path.endsWith('?stream=false')
        ? undefined
        : 'no value',
    unsure: ['request.body', 'response.error'],
    expected: { headers: { 'X-Api-Key': '${HOUSE_X_API_KEY}' } },
  },
  maxkb: {
    text: 'MaxKB 是一个知识库问答系统。',
    hasStream: true,
    refuse: ({ message, re_chat: again }, { headers, path }) =>
      headers.authorization === 'key' &&
      message === QUESTION &&
      again === false &&
      path.endsWith('/0193c8b0-7d5e-7f10-9a53-0242ac120002')
        ? undefined
        : 'no message, or no chat',
    unsure: ['login', 'login.carry', 'login.refused_when', 'request.path', 'stream.error'],
    expected: { login: { keep: { data: 'body.data' } } },
  },
  ragflow: {
    text: 'I am an intelligent assistant here to answer.',
    hasStream: true,
    refuse: ({ question }, call) =>
      bearer(call, 'key') ?? (question === QUESTION ? undefined : 'no question'),
    unsure: ['request.body', 'response.error', 'stream.error'],
    expected: { stream: { whole_text: true, text: 'data.data.answer' } },
  },
  rasa: {
    text: 'Hey! How are you?\nWhat can I do for you?',
    hasStream: false,
    refuse: ({ sender, message }) =>
      sender !== undefined && message === QUESTION ? undefined : 'no message',
    unsure: ['response.error'],
    expected: { token: 'not-needed' },
  },
  replicate: {
    text: 'Why did the tomato turn red? It saw the dressing.',
    hasStream: false,
    refuse: ({ version, input }, call) =>
      bearer(call, 'key') ??
      (call.req.method === 'GET' ||
      (version !== undefined && (input as { prompt?: unknown }).prompt === QUESTION)
        ? undefined
        : 'no prompt'),
    unsure: ['poll.failed'],
    expected: { poll: { path: '/v1/predictions/{id}', done: 'status = "succeeded"' } },
  },
};

const FIXTURES = join(import.meta.dirname, 'services');

function learned(name: string) {
  const folder = join(FIXTURES, name);
  const files = (...names: string[]) =>
    names.map((file) => join(folder, file)).filter((path) => existsSync(path));
  const commands = readCommands({
    login: files('open.curl'),
    chat: files('chat.curl'),
    poll: files('poll.curl'),
  });
  const { model, findings } = learn({ ...withAnswers(commands, folder), name: 'house' });
  return { model, findings, yaml: writeRecipe(model, 'request', findings, 'commands') };
}

/** Plays the recorded responses to those who ask rightly. */
function play(name: string, { isStream, refuse }: Service): (call: UpstreamCall) => unknown {
  const recorded = (prefix: string) => {
    const file = readdirSync(join(FIXTURES, name)).find(
      (found) => found.startsWith(prefix) && !found.endsWith('.curl'),
    )!;
    return [file, readFileSync(join(FIXTURES, name, file), 'utf8')] as const;
  };
  return (call) => {
    const body = (parseJson(call.body.toString()) ?? {}) as Record<string, unknown>;
    const isLogin = call.path.endsWith('/open');
    const problem = isLogin ? undefined : refuse(body, call);
    if (problem !== undefined) return call.res.writeHead(400).end(JSON.stringify({ detail: problem }));
    const streams = isStream?.(body, call) ?? body['stream'] === true;
    const isPoll = call.req.method === 'GET' && !isLogin;
    const [file, text] = recorded(
      isLogin
        ? 'login'
        : isPoll
          ? 'poll.json'
          : streams && isStream === undefined
            ? 'chat-2'
            : streams
              ? name === 'glm'
                ? 'chat.sse'
                : 'chat-2'
              : 'chat.json',
    );
    const type = file.endsWith('.sse') ? 'text/event-stream' : 'application/json';
    return call.res.writeHead(200, { 'content-type': type }).end(text);
  };
}

it('learns eight services that it was not written for', () => {
  expect(readdirSync(FIXTURES).toSorted()).toEqual(Object.keys(SERVICES));
});

describe.each(Object.keys(SERVICES))('%s, learned from its documentation', (name) => {
  const service = SERVICES[name]!;

  it('is described, with what is unsure marked', () => {
    const { model, findings, yaml } = learned(name);
    expect(model).toMatchObject(service.expected);
    const unsure = findings.guesses.filter(({ isSure }) => !isSure).map(({ key }) => key);
    expect(unsure).toEqual(expect.arrayContaining([...service.unsure]));
    expect(yaml + findings.masked(JSON.stringify(findings.guesses))).not.toContain('planted');
  });

  it('answers, and streams if the service does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'learn-'));
    const path = join(folder, 'models.yaml');
    const { yaml, findings } = learned(name);
    writeFileSync(path, yaml);
    const upstream = await startUpstream(play(name, service));
    const variables = findings.variables.map((variable) => [variable.name, 'key']);
    const gateway = await startGatewayOn(path, {
      ...(Object.fromEntries(variables) as Record<string, string>),
      HOUSE_URL: upstream.url,
      LLM_GATEWAY_KEY: TEST_KEY,
    });
    try {
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
      const ask = { model: 'house', messages: [{ role: 'user' as const, content: QUESTION }] };
      const { choices } = await client.chat.completions.create(ask);
      expect(choices[0]!.message.content).toBe(service.text);
      let text = '';
      let pieces = 0;
      for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
        const piece = chunk.choices[0]?.delta.content ?? '';
        text += piece;
        if (piece !== '') pieces += 1;
      }
      expect(text).toBe(service.text);
      if (service.hasStream) expect(pieces).toBeGreaterThan(1);
    } finally {
      await gateway.close();
      await upstream.close();
      rmSync(folder, { recursive: true });
    }
  });
});
