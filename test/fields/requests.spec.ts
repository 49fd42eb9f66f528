import { GatewayError } from '../../src/errors/gateway-error.js';
import { ANTHROPIC_MESSAGES } from '../../src/dialects/anthropic-messages/anthropic-messages.js';
import { type ConversationDialect } from '../../src/dialects/ports/dialect.js';
import { GEMINI } from '../../src/dialects/gemini/gemini.js';
import { OPENAI_CHAT } from '../../src/dialects/openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from '../../src/dialects/openai-responses/openai-responses.js';
import { type UpstreamDialect } from '../../src/dialects/ports/upstream-dialect.js';
import { NO_LIMITS } from '../../src/protocol/scanning/json-scan.js';
import { type Pair, TypeSamples } from './type-samples.js';

const UPSTREAMS: readonly UpstreamDialect[] = [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES, GEMINI];
const CHAT_TYPES = 'openai/resources/chat/completions/completions.d.ts';
const RESPONSES_TYPES = 'openai/resources/responses/responses.d.ts';
const MESSAGES_TYPES = ['@anthropic-ai/sdk', 'anthropic-sdk-0'].flatMap((sdk) => [
  `${sdk}/resources/messages/messages.d.ts`,
  `${sdk}/resources/beta/messages/messages.d.ts`,
]);

/** Values that the formats would refuse otherwise, or that belong to others of the request. */
const TEXTS = {
  url: ['https://a.example/1', 'https://a.example/2'],
  image_url: ['https://a.example/1', 'https://a.example/2'],
  file_url: ['https://a.example/1', 'https://a.example/2'],
  file_data: ['data:application/pdf;base64,QUJD', 'data:application/pdf;base64,REVG'],
  data: ['QUJD', 'REVG'],
  arguments: ['{"a":1}', '{"a":2}'],
  tool_call_id: ['call_1'],
  tool_use_id: ['call_1'],
  detail: ['high'],
  context: ['all_turns', 'current_turn'],
  service_tier: ['flex', 'priority'],
  call_id: ['call_1'],
};

const samples = new TypeSamples([CHAT_TYPES, RESPONSES_TYPES, ...MESSAGES_TYPES], TEXTS);

type Body = Readonly<Record<string, unknown>>;

interface Sent {
  readonly body: string;
  readonly dropped: readonly string[];
}

/** @returns undefined where the request is refused */
function send(client: ConversationDialect, upstream: UpstreamDialect, body: Body): Sent | undefined {
  try {
    const prompt = client.parse(Buffer.from(JSON.stringify(body)), NO_LIMITS).prompt();
    const { request, dropped } = upstream.request(prompt, { model: 'claude-opus-5', isStream: false });
    return { body: request.bodyFor('claude-opus-5').toString(), dropped: [...prompt.dropped, ...dropped] };
  } catch (error) {
    if (error instanceof GatewayError && error.status === 400) return undefined;
    throw error;
  }
}

/** Whether what differs in the second is in what the service gets, named, or refused. */
function isAccounted(before: Sent | undefined, after: Sent | undefined, path: string): boolean {
  if (before === undefined || after === undefined || before.body !== after.body) return true;
  if (after.dropped.some((name) => !before.dropped.includes(name))) return true;
  // All of what it is in was lost, and named.
  const words = new Set([
    ...path.split(/[.[\]]+/),
    ...(/\b(?:definition|tool)\b/.test(path) ? ['tools'] : []),
  ]);
  const others = [...words].map((word) => NAMES[word]);
  return before.dropped.some((name) => words.has(name.split('.').at(-1)!) || others.includes(name));
}

/** What says nothing to a service that keeps nothing, or what holds without it. */
const SAYS_NOTHING: readonly RegExp[] = [
  /_tool_use\]\.id$/,
  // The last message holds until the next; a tool that is not declared changes nothing; `custom` is the usual type.
  /clear_at$|tool\[tool_reference\]\.name$|definition\.type$/,
  /^(?:\[\w+\]\.)?(?:id|status|execution)$/,
  // The item's own type may be left out, and a system message is one of the developer.
  /^(?:type|role)$/,
  // The response says these again.
  /^(?:metadata|store)$/,
  // Nothing is ever obfuscated; a schema binds the service in any case, and its name is a label.
  /^stream_options(?:\.include_obfuscation)?$/,
  /^(?:text\.format\[json_schema\]|response_format.*)\.(?:strict|name)$/,
];
const USUAL = [
  '"environment":{"type":"local"}',
  '"parallel_tool_calls":true',
  '"service_tier":"default"',
  // No less than `low` elsewhere.
  '"effort":"minimal"',
  '"caller":{"type":"direct"}',
  '"allowed_callers":["direct"]',
  '"format":{"type":"text"}',
];
/** Fields that are named as others are. */
const NAMES: Readonly<Record<string, string>> = {
  safety_identifier: 'user',
  user_id: 'user',
  thinking: 'reasoning',
  redacted_thinking: 'reasoning',
  title: 'filename',
  document: 'messages.file',
};

function saysNothing({ path, after }: Pair): boolean {
  const field = `"${path.split('.').at(-1)}":`;
  const text = JSON.stringify(after);
  return (
    SAYS_NOTHING.some((pattern) => pattern.test(path)) ||
    text.includes(`${field}{}`) ||
    USUAL.some((usual) => usual.startsWith(field) && text.includes(usual))
  );
}

interface Sweep {
  readonly file: string;
  readonly type: string;
  readonly client: ConversationDialect;
  readonly without?: readonly string[];
  bodyOf(value: unknown): Body;
}

const user = { role: 'user', content: 'hi' };
const reply = { role: 'assistant', content: 'ok' };
const CHAT_CALL = {
  role: 'assistant',
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get', arguments: '{}' } }],
};
const CHAT_TOOL = { type: 'function', function: { name: 'a-text', parameters: {} } };
const USE = { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'get', input: {} }] };
const MESSAGES_TOOL = { name: 'a-text', input_schema: { type: 'object' } };
const RESPONSES_TOOL = { type: 'function', name: 'a-text', parameters: {} };
const CALL = { type: 'function_call', call_id: 'call_1', name: 'get', arguments: '{}' };

function isResult(value: unknown): boolean {
  return JSON.stringify(value).includes('"call_1"');
}

const SWEEPS: readonly Sweep[] = [
  {
    file: CHAT_TYPES,
    type: 'ChatCompletionMessageParam',
    client: OPENAI_CHAT,
    bodyOf: (message) => ({ messages: isResult(message) ? [user, CHAT_CALL, message] : [user, message] }),
  },
  {
    file: CHAT_TYPES,
    type: 'ChatCompletionTool',
    client: OPENAI_CHAT,
    bodyOf: (tool) => ({ messages: [user], tools: [tool] }),
  },
  {
    file: CHAT_TYPES,
    type: 'ChatCompletionCreateParamsBase',
    client: OPENAI_CHAT,
    without: ['messages', 'model', 'stream', 'tools', 'functions'],
    bodyOf: (fields) => ({ tools: [CHAT_TOOL], ...(fields as Body), messages: [user] }),
  },
  {
    file: RESPONSES_TYPES,
    type: 'ResponseInputItem',
    client: OPENAI_RESPONSES,
    bodyOf: (item) => ({ input: isResult(item) ? [user, CALL, item, reply] : [user, item, reply] }),
  },
  {
    file: RESPONSES_TYPES,
    type: 'Tool',
    client: OPENAI_RESPONSES,
    bodyOf: (tool) => ({ input: 'hi', tools: [tool] }),
  },
  {
    file: RESPONSES_TYPES,
    type: 'ResponseCreateParamsBase',
    client: OPENAI_RESPONSES,
    without: ['input', 'model', 'stream', 'tools'],
    bodyOf: (fields) => ({ tools: [RESPONSES_TOOL], ...(fields as Body), input: 'hi' }),
  },
  ...MESSAGES_TYPES.flatMap((file): Sweep[] => {
    const beta = file.includes('/beta/') ? 'Beta' : '';
    return [
      {
        file,
        type: `${beta}MessageParam`,
        client: ANTHROPIC_MESSAGES,
        bodyOf: (message) => ({
          max_tokens: 99,
          messages: isResult(message) ? [user, USE, message] : [user, message],
        }),
      },
      {
        file,
        type: `${beta}ToolUnion`,
        client: ANTHROPIC_MESSAGES,
        bodyOf: (tool) => ({ max_tokens: 99, messages: [user], tools: [tool] }),
      },
      {
        file,
        type: 'MessageCreateParamsBase',
        client: ANTHROPIC_MESSAGES,
        without: ['messages', 'model', 'stream', 'tools', 'max_tokens', 'betas', 'workspace_id'],
        bodyOf: (fields) => ({
          max_tokens: 99,
          tools: [MESSAGES_TOOL],
          ...(fields as Body),
          messages: [user],
        }),
      },
    ];
  }),
];

describe.each(SWEEPS)('each field of $type in $file', (sweep) => {
  const { file, type, client, without } = sweep;
  const all: Pair[] = samples.pairs(file, type, without);
  // Unions within unions declare one thing several times.
  const pairs = [...new Map(all.map((pair) => [JSON.stringify(pair), pair])).values()];

  it.each(UPSTREAMS.filter(({ name }) => name !== client.name))(
    'reaches $name, is named or refused',
    (upstream) => {
      const lost = pairs
        .filter((pair) => !saysNothing(pair))
        .filter(({ before, after, path }) => {
          const outcomes = [before, after].map((value) =>
            send(client, upstream, { model: 'm', ...sweep.bodyOf(value) }),
          );
          return !isAccounted(outcomes[0], outcomes[1], type.includes('Tool') ? `tools.${path}` : path);
        })
        .map(({ path, after }) => `${path} ${JSON.stringify(after).slice(0, 200)}`);
      expect([...new Set(lost)]).toEqual([]);
    },
  );

  it('are many', () => {
    expect(pairs.length).toBeGreaterThan(9);
  });
});
