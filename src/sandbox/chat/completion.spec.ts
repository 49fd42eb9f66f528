import { readChatRequest } from './chat-request.js';
import { streamEvents } from './chat-stream.js';
import { completionJson, composeReply } from './completion.js';
import { splitPieces } from './text-pieces.js';

interface ToolCall {
  readonly id: string;
  readonly type: string;
  readonly index?: number;
  readonly function: { readonly name?: string; readonly arguments: string };
}
interface Choice {
  readonly index: number;
  readonly message: { readonly content: string | null; readonly tool_calls?: readonly ToolCall[] };
  readonly finish_reason: string;
}

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: '查询天气',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
      required: ['city'],
    },
  },
};
const TIME = { type: 'function', function: { name: 'get_time' } };

function requestOf(content: unknown, more: Record<string, unknown> = {}): Buffer {
  return Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }));
}

function answer(content: unknown, more: Record<string, unknown> = {}): Choice[] {
  const reply = composeReply(readChatRequest(requestOf(content, more)));
  return (JSON.parse(completionJson(reply)) as { choices: Choice[] }).choices;
}

const contentOf = (content: unknown, more = {}): string => answer(content, more)[0]?.message.content ?? '';

it('gives the same reply to the same request, in the language of the question', () => {
  expect(contentOf('hello')).toBe(contentOf('hello'));
  expect(contentOf('hello')).toMatch(/^Hello!.*You said: "hello"\./);
  expect(contentOf('你好')).toMatch(/^你好！.*你刚才说：“你好”。/);
  expect(contentOf('x'.repeat(5000)).length).toBeLessThan(400);
});

it('knows the place in a conversation', () => {
  const messages = [
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'x' },
    { role: 'user', content: 'two' },
  ];
  expect(contentOf('', { messages })).toContain('message 2 of our conversation');
});

it('stops at max_tokens, max_completion_tokens and stop sequences', () => {
  const [short] = answer('hello', { max_tokens: 3 });
  expect(short).toMatchObject({ message: { content: 'Hello! I am' }, finish_reason: 'length' });
  expect(answer('hello', { max_completion_tokens: 1 })[0]?.message.content).toBe('Hello!');
  const length = splitPieces(contentOf('hello')).length;
  expect(answer('hello', { max_tokens: length })[0]?.finish_reason).toBe('stop');
  expect(answer('hello', { max_tokens: length - 1 })[0]?.finish_reason).toBe('length');
  expect(answer('hello', { max_tokens: null })[0]?.finish_reason).toBe('stop');
  expect(answer('hello', { stop: 'am' })[0]).toMatchObject({
    message: { content: 'Hello! I ' },
    finish_reason: 'stop',
  });
  expect(answer('hello', { stop: ['pretend', 'Hello'] })[0]?.message.content).toBe('');
});

it('gives as many choices as were asked for, also in a stream', () => {
  expect(answer('hello', { n: 3 }).map(({ index }) => index)).toEqual([0, 1, 2]);
  const request = readChatRequest(requestOf('hello', { n: 2 }));
  const events = [...streamEvents(composeReply(request), false)].map((event) => event.slice(6));
  const finished = events.filter((event) => event.includes('"finish_reason":"stop"'));
  expect(finished.map((event) => (JSON.parse(event) as { choices: Choice[] }).choices[0]?.index)).toEqual([
    0, 1,
  ]);
});

it('sees images and text parts', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  expect(contentOf([{ type: 'text', text: 'look' }, image, image])).toMatch(/"look".*I see 2 images/);
  expect(contentOf([{ type: 'text', text: '看' }, image])).toContain('我看到了 1 张图片');
});

it('calls the tools that are mentioned or demanded', () => {
  const tools = [TIME, WEATHER];
  const [choice] = answer('How is the weather?', { tools });
  expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  const [call] = choice?.message.tool_calls ?? [];
  expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
  expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: 'sample city', days: 2 });

  const namesFor = (content: string, more: object): unknown[] =>
    (answer(content, { tools, ...more })[0]?.message.tool_calls ?? []).map((each) => each.function.name);
  expect(namesFor('北京天气怎么样', {})).toEqual(['get_weather']);
  expect(namesFor('time and weather', {})).toEqual(['get_time', 'get_weather']);
  expect(namesFor('time and weather', { parallel_tool_calls: false })).toEqual(['get_time']);
  expect(namesFor('hello', {})).toEqual([]);
  expect(namesFor('hello', { tool_choice: 'required' })).toEqual(['get_time']);
  expect(namesFor('use a tool', {})).toEqual(['get_time']);
  expect(namesFor('weather', { tool_choice: 'none' })).toEqual([]);
  const demand = { type: 'function', function: { name: 'get_weather' } };
  expect(namesFor('hello', { tool_choice: demand })).toEqual(['get_weather']);
});

it('streams the arguments of a tool call in pieces', () => {
  const request = readChatRequest(requestOf('weather', { tools: [WEATHER] }));
  const reply = composeReply(request);
  let args = '';
  let pieces = 0;
  for (const event of streamEvents(reply, false)) {
    if (event.includes('[DONE]')) continue;
    const chunk = JSON.parse(event.slice(6)) as { choices: { delta: { tool_calls?: ToolCall[] } }[] };
    for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
      expect(call.index).toBe(0);
      args += call.function.arguments;
      pieces += 1;
    }
  }
  expect(args).toBe(reply.toolCalls[0]?.arguments);
  expect(pieces).toBeGreaterThan(2);
});

it('replies in text after a tool result', () => {
  const messages = [
    { role: 'user', content: 'weather?' },
    { role: 'assistant', content: null, tool_calls: [] },
    { role: 'tool', tool_call_id: 'x', content: 'sunny' },
  ];
  const [choice] = answer('', { messages, tools: [WEATHER], tool_choice: 'required' });
  expect(choice).toMatchObject({
    message: { content: 'The tool answered: "sunny".' },
    finish_reason: 'stop',
  });
});

it('replies in JSON when the format asks for it', () => {
  expect(JSON.parse(contentOf('hi', { response_format: { type: 'json_object' } }))).toMatchObject({
    you_said: 'hi',
  });
  const schema = { type: 'object', properties: { ok: { type: 'boolean' } } };
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  expect(JSON.parse(contentOf('hi', { response_format: format }))).toEqual({ ok: true });
});

it('cuts texts into pieces that are the text', () => {
  for (const text of ['', ' ', 'a b  c\n', '你好，world 🎉👨‍👩‍👧!', 'かな 한국어\t', '\ud83d']) {
    expect(splitPieces(text).join('')).toBe(text);
  }
  expect(splitPieces('one two 三四')).toEqual(['one', ' two', ' 三', '四']);
});
