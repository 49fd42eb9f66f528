import fc from 'fast-check';
import OpenAI from 'openai';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ResponseGrammar } from '../../../../test/support/dialects/response-grammar.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';

const TOOLS = [
  { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } },
  { type: 'custom', name: 'patch' },
  { type: 'local_shell' },
  { type: 'shell' },
  { type: 'apply_patch' },
  { type: 'tool_search', execution: 'client' },
  { type: 'namespace', name: 'mcp', description: '', tools: [{ type: 'function', name: 'find' }] },
  { type: 'web_search' },
];
const NAMES = ['look', 'patch', 'local_shell', 'shell', 'apply_patch', 'tool_search', 'mcp__find', 'unknown'];

function requestOf(fields: JsonObject = {}) {
  const body = { model: 'm', input: 'hi', stream: true, tools: TOOLS, ...fields };
  return OPENAI_RESPONSES.parse(Buffer.from(JSON.stringify(body)), { depth: 100, values: 10_000 });
}

const word = fc.oneof(
  fc.string({ maxLength: 8, unit: 'grapheme' }),
  fc.constantFrom('', '\n\n', '"', 'data: x\n\n'),
);
const seal = fc.record({
  dialect: fc.constantFrom('openai-responses', 'anthropic-messages'),
  value: fc.string(),
});
const piece = fc
  .record(
    {
      index: fc.nat(4),
      id: fc.constantFrom('', 'call_1', 'call_2', 'call_3'),
      type: fc.constantFrom('function', 'custom'),
      name: fc.constantFrom('', ...NAMES),
      arguments: fc.oneof(
        word,
        fc.constantFrom(
          '{}',
          '{"input":"x"}',
          '{"command":["ls"]}',
          '{"commands":["ls"]}',
          '{"type":"delete_file","path":"a"}',
          '{"query":"q"}',
        ),
      ),
      seal,
    },
    { requiredKeys: ['index', 'arguments'] },
  )
  .map((each) => each);
const event: fc.Arbitrary<ReplyEvent> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      model: word,
      id: fc.option(word, { nil: undefined }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('text' as const, 'reasoning' as const, 'refusal' as const),
      delta: word,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('citation' as const),
      citation: fc.record({ url: word, start: fc.nat(9), end: fc.nat(99) }),
    }),
  },
  { weight: 1, arbitrary: seal.map((each) => ({ kind: 'seal' as const, seal: each })) },
  {
    weight: 5,
    arbitrary: fc.array(piece, { maxLength: 3 }).map((pieces) => ({ kind: 'tool-calls' as const, pieces })),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        kind: fc.constant('finish' as const),
        reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'odd'),
        explanation: word,
      },
      { requiredKeys: ['kind', 'reason'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ReplyEvent>(
      { kind: 'usage', counts: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
      { kind: 'usage', counts: { prompt_tokens: -1, completion_tokens: null } },
      { kind: 'usage', counts: {} },
    ),
  },
);
/** Any events at all, in any order, before the end. */
const reply = fc.array(event, { maxLength: 25 }).map((events): ReplyEvent[] => [...events, { kind: 'end' }]);
const settings = fc.record({
  store: fc.boolean(),
  include: fc.constantFrom(null, ['reasoning.encrypted_content']),
});

function textOf(events: readonly ReplyEvent[], fields: JsonObject = {}): string {
  const writer = OPENAI_RESPONSES.writer(requestOf(fields));
  return events.map((each) => writer.write(each)).join('');
}

function parsed(text: string): JsonObject[] {
  return [...sseEvents(text)].map(({ event: name, data }) => {
    const value = JSON.parse(data) as JsonObject;
    expect(value['type']).toBe(name);
    return value;
  });
}

describe('the stream of a response', () => {
  it('obeys the grammar for any events of the service', () => {
    fc.assert(
      fc.property(reply, settings, (events, fields) => {
        new ResponseGrammar().accept(parsed(textOf(events, fields)));
      }),
      { numRuns: 500 },
    );
  });

  it('ends with the response that its events have spelled', () => {
    fc.assert(
      fc.property(reply, settings, (events, fields) => {
        const grammar = new ResponseGrammar();
        const sent = parsed(textOf(events, fields));
        grammar.accept(sent);
        const { output } = sent.at(-1)!['response'] as { output: JsonObject[] };
        expect(output).toEqual(grammar.output);
        const document = OPENAI_RESPONSES.document(events, requestOf(fields));
        const bare = (items: readonly JsonObject[]) =>
          items.map(({ id: _id, call_id: _call, ...rest }) => rest);
        const isComparable = !JSON.stringify(output).includes('"encrypted_content"');
        if (isComparable) expect(bare(document['output'] as JsonObject[])).toEqual(bare(output));
      }),
      { numRuns: 300 },
    );
  });

  it('has all text of the reply, and no other', () => {
    fc.assert(
      fc.property(reply, (events) => {
        const { output } = parsed(textOf(events)).at(-1)!['response'] as { output: JsonObject[] };
        const parts = output.flatMap(({ type, content }) =>
          type === 'message' ? (content as JsonObject[]) : [],
        );
        const said = parts.map(({ text }) => (text as string | undefined) ?? '').join('');
        const folded = foldReply(events).parts;
        expect(said).toBe(folded.map((part) => (part.kind === 'text' ? part.text : '')).join(''));
        const thoughts = output.flatMap(({ type, summary }) =>
          type === 'reasoning' ? (summary as JsonObject[]) : [],
        );
        expect(thoughts.map(({ text }) => text).join('')).toBe(
          folded.map((part) => (part.kind === 'reasoning' ? part.text : '')).join(''),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is read by the SDK to its end, and to the same response', async () => {
    await fc.assert(
      fc.asyncProperty(reply, settings, async (events, fields) => {
        const text = textOf(events, fields);
        const client = new OpenAI({
          apiKey: 'none',
          maxRetries: 0,
          fetch: () =>
            Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
        });
        const response = await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse();
        const last = parsed(text).at(-1)!['response'] as JsonObject;
        expect(response.output.map(({ id }) => id)).toEqual(
          (last['output'] as JsonObject[]).map(({ id }) => id),
        );
        expect(response.status).toBe(last['status']);
      }),
      { numRuns: 60 },
    );
  });
});
