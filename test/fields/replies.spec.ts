import { GatewayError } from '../../src/errors/gateway-error.js';
import { ANTHROPIC_MESSAGES } from '../../src/dialects/anthropic-messages/anthropic-messages.js';
import { GEMINI } from '../../src/dialects/gemini/gemini.js';
import { OPENAI_CHAT } from '../../src/dialects/openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from '../../src/dialects/openai-responses/openai-responses.js';
import { type ConversationDialect } from '../../src/dialects/ports/dialect.js';
import { ReportedFailure, type UpstreamDialect } from '../../src/dialects/ports/upstream-dialect.js';
import { NO_LIMITS } from '../../src/protocol/scanning/json-scan.js';
import { REPLY_TABLES } from '../support/field-tables.js';
import { type Pair, TypeSamples } from './type-samples.js';

const CHAT_TYPES = 'openai/resources/chat/completions/completions.d.ts';
const RESPONSES_TYPES = 'openai/resources/responses/responses.d.ts';
const MESSAGES_TYPES = ['@anthropic-ai/sdk', 'anthropic-sdk-0'].flatMap((sdk) => [
  `${sdk}/resources/messages/messages.d.ts`,
  `${sdk}/resources/beta/messages/messages.d.ts`,
]);
const samples = new TypeSamples([CHAT_TYPES, RESPONSES_TYPES, ...MESSAGES_TYPES], {
  arguments: ['{"a":1}', '{"a":2}'],
  status: ['completed'],
  object: ['chat.completion'],
  finish_reason: ['stop', 'length'],
  id: ['msg_1'],
  item_id: ['msg_1'],
});

const CLIENTS: Readonly<Record<string, readonly [ConversationDialect, object]>> = {
  'openai-chat': [OPENAI_CHAT, { messages: [{ role: 'user', content: 'hi' }] }],
  'openai-responses': [OPENAI_RESPONSES, { input: 'hi', store: false }],
  'anthropic-messages': [ANTHROPIC_MESSAGES, { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }],
};

interface Seen {
  readonly said: string;
  readonly lost: ReadonlySet<string>;
}

/** What a client gets of a reply; undefined where it gets an error. */
function seen(upstream: UpstreamDialect, client: string, document: unknown): Seen | undefined {
  const lost = new Set<string>();
  try {
    const events = upstream.read(document, lost);
    const [dialect, fields] = CLIENTS[client]!;
    const request = dialect.parse(Buffer.from(JSON.stringify({ model: 'm', ...fields })), NO_LIMITS);
    for (const event of events) for (const name of dialect.loses?.(event) ?? []) lost.add(name);
    const reply = JSON.stringify(dialect.document(events, request));
    return { said: reply.replaceAll(/"(?:id|created|created_at|completed_at)":(?:"[^"]*"|\d+)/g, ''), lost };
  } catch (error) {
    if (error instanceof GatewayError || error instanceof ReportedFailure) return undefined;
    throw error;
  }
}

/** The same of one event of a stream, as what it means. */
function meant(
  upstream: UpstreamDialect,
  around: readonly [object[], object[]],
  event: unknown,
): Seen | undefined {
  const lost = new Set<string>();
  try {
    const reader = upstream.reader(lost);
    const events = [...around[0], event, ...around[1]].flatMap((each) =>
      reader.read({ data: JSON.stringify(each) }),
    );
    return { said: JSON.stringify(events), lost };
  } catch (error) {
    if (error instanceof GatewayError || error instanceof ReportedFailure) return undefined;
    throw error;
  }
}

/** Ids, times, positions, counts (they have tests of their own), and the request again. */
const SAYS_NOTHING: readonly RegExp[] = [
  /(?:^|\.)(?:id|object|created|created_at|completed_at|system_fingerprint|index|type|role|status|model|item_id|call_id)$/,
  /(?:^|[.\]])(?:usage|service_tier|obfuscation|error|background|sequence_number|output_index|content_index|summary_index)(?:$|[.[])/,
  /(?:^|\.)(?:instructions|max_output_tokens|max_tool_calls|parallel_tool_calls|previous_response_id|prompt\w*|reasoning|safety_identifier|store|temperature|text|tool_choice|tools|top_logprobs|top_p|truncation|user|metadata|conversation|access_programs|output_text)(?:$|[.[])/,
  // What a reply begins with is said again at its end.
  /^\[response\.(?:created|in_progress|queued|content_part\.added|output_item\.added)\]|^\[message_start\]\.message\[message\]\.(?:content|stop_)/,
  /^\[message_delta\]\.delta\.stop_|\[signature_delta\]|\.estimated_tokens$/,
  // Of blocks and calls that have not begun.
  /^\[response\.(?:function_call_arguments|custom_tool_call_input)\./,
  // Of a response that is not incomplete; pieces of calls without a name.
  /incomplete_details|^choices\.finish_reason$|^choices\.delta\.(?:function_call|tool_calls)/,
];
const USUAL = [
  '"caller":{"type":"direct"}',
  '"stop_details":{"type":"refusal"}',
  '"finish_reason":"tool_calls"',
  '"finish_reason":"function_call"',
];

function saysNothing({ path, after }: Pair): boolean {
  const patterns = path.startsWith('output[') ? SAYS_NOTHING.slice(0, 1) : SAYS_NOTHING;
  const field = `"${path.split('.').at(-1)}":`;
  const text = JSON.stringify(after);
  return (
    patterns.some((pattern) => pattern.test(path)) ||
    USUAL.some((usual) => usual.startsWith(field) && text.includes(usual))
  );
}

function lostOf(pairs: readonly Pair[], see: (value: unknown) => Seen | undefined): string[] {
  const lost = pairs
    .filter((pair) => !saysNothing(pair))
    .filter(({ before: former, after: latter, path }) => {
      const [before, after] = [see(former), see(latter)];
      if (before === undefined || after === undefined || before.said !== after.said) return false;
      if ([...after.lost].some((name) => !before.lost.has(name))) return false;
      const words = new Set(path.split(/[.[\]]+/));
      return ![...before.lost].some((name) => name.split('.').some((word) => words.has(word)));
    })
    .map(({ path }) => path);
  return [...new Set(lost)];
}

const DOCUMENTS: readonly [string, string, UpstreamDialect][] = [
  [CHAT_TYPES, 'ChatCompletion', OPENAI_CHAT],
  [RESPONSES_TYPES, 'Response', OPENAI_RESPONSES],
  ...MESSAGES_TYPES.map((file): [string, string, UpstreamDialect] => [
    file,
    file.includes('/beta/') ? 'BetaMessage' : 'Message',
    ANTHROPIC_MESSAGES,
  ]),
];

describe.each(DOCUMENTS)('each field of a reply in %s, %s', (file, type, upstream) => {
  const pairs = samples.pairs(file, type);

  it.each(Object.keys(CLIENTS).filter((name) => name !== upstream.name))(
    'reaches %s, or is named',
    (client) => {
      expect(lostOf(pairs, (document) => seen(upstream, client, document))).toEqual([]);
    },
  );

  it('is among many', () => {
    expect(pairs.length).toBeGreaterThan(25);
  });
});

const EVENTS: readonly [string, string, UpstreamDialect, readonly [object[], object[]]][] = [
  [
    CHAT_TYPES,
    'ChatCompletionChunk',
    OPENAI_CHAT,
    [[], [{ choices: [{ index: 7, delta: {}, finish_reason: 'stop' }] }]],
  ],
  [
    RESPONSES_TYPES,
    'ResponseStreamEvent',
    OPENAI_RESPONSES,
    [
      [{ type: 'response.created', response: { id: 'r' } }],
      [{ type: 'response.completed', response: { output: [] } }],
    ],
  ],
  ...MESSAGES_TYPES.map((file): [string, string, UpstreamDialect, readonly [object[], object[]]] => [
    file,
    file.includes('/beta/') ? 'BetaRawMessageStreamEvent' : 'RawMessageStreamEvent',
    ANTHROPIC_MESSAGES,
    [[], [{ type: 'message_stop' }]],
  ]),
];

describe.each(EVENTS)('each field of an event in %s, %s', (file, type, upstream, around) => {
  it('means something, or is named', () => {
    const pairs = samples.pairs(file, type);
    expect(pairs.length).toBeGreaterThan(25);
    expect(lostOf(pairs, (event) => meant(upstream, around, event))).toEqual([]);
  });
});

describe('the table of replies', () => {
  const GEMINI_REPLY = {
    candidates: [
      {
        content: {
          parts: [{ text: 'a' }, { inlineData: {} }, { executableCode: {} }, { codeExecutionResult: {} }],
        },
        groundingMetadata: { searchEntryPoint: {} },
        safetyRatings: {},
        avgLogprobs: -1,
        finishReason: 'STOP',
      },
      {},
    ],
  };
  const lostBy = (upstream: UpstreamDialect): ReadonlySet<string> => {
    const lost = new Set<string>();
    for (const [file, type, dialect] of DOCUMENTS) {
      if (dialect !== upstream) continue;
      for (const { after } of samples.pairs(file, type))
        for (const name of seen(upstream, CLIENT_OF[upstream.name]!, after)?.lost ?? []) lost.add(name);
    }
    return lost;
  };
  const CLIENT_OF: Readonly<Record<string, string>> = {
    'openai-chat': 'openai-responses',
    'openai-responses': 'anthropic-messages',
    'anthropic-messages': 'openai-chat',
  };

  it.each([OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES])('names for $name what is lost', (upstream) => {
    const rows = REPLY_TABLES[upstream.name]!.filter(({ fate }) => fate === 'dropped');
    const lost = [...lostBy(upstream), ...(upstream === OPENAI_CHAT ? ['response.choices'] : [])];
    expect(lost).toEqual(expect.arrayContaining(rows.map(({ field }) => field)));
  });

  it('names for gemini what is lost', () => {
    const lost = new Set<string>();
    GEMINI.read(GEMINI_REPLY, lost);
    const rows = REPLY_TABLES['gemini']!.filter(({ fate }) => fate === 'dropped');
    expect([...lost]).toEqual(expect.arrayContaining(rows.map(({ field }) => field)));
  });
});
