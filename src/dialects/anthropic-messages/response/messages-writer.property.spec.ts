import fc from 'fast-check';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages.js';
import { MessagesReader } from './messages-reader.js';
import { MessagesWriter } from './messages-writer.js';

interface Sent {
  readonly name: string;
  readonly data: JsonObject;
}

function parse(stream: string): Sent[] {
  if (stream === '') return [];
  expect(stream.endsWith('\n\n')).toBe(true);
  return stream
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event)!;
      return { name: name!, data: JSON.parse(data!) as JsonObject };
    });
}

const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  redacted_thinking: [],
};

/**
 * The grammar of the format, written from its documentation and knowing nothing of the writer.
 * @returns the message that SDKs gather of it; undefined while it is not over
 */
function gather(events: readonly Sent[]): JsonObject | undefined {
  let message: JsonObject | undefined;
  const content: JsonObject[] = [];
  let open: { block: JsonObject; json: string; isSealed: boolean } | undefined;
  let phase: 'new' | 'blocks' | 'delta' | 'over' = 'new';
  for (const { name, data } of events) {
    expect(data['type']).toBe(name);
    expect(phase).not.toBe('over');
    switch (name) {
      case 'message_start':
        expect(phase).toBe('new');
        phase = 'blocks';
        message = data['message'] as JsonObject;
        expect(message).toMatchObject({ type: 'message', role: 'assistant', content: [], stop_reason: null });
        expect(message['usage']).toMatchObject({ input_tokens: 0, output_tokens: 0 });
        break;
      case 'content_block_start': {
        expect(phase).toBe('blocks');
        expect(open).toBeUndefined();
        expect(data['index']).toBe(content.length);
        const block = { ...(data['content_block'] as JsonObject) };
        expect(Object.keys(DELTAS)).toContain(block['type']);
        if (block['type'] === 'tool_use') {
          expect(block['id']).toEqual(expect.stringMatching(/./));
          expect(block['name']).toEqual(expect.stringMatching(/./));
          expect(block['input']).toEqual({});
        }
        if (block['type'] === 'redacted_thinking') expect(typeof block['data']).toBe('string');
        if (block['type'] === 'thinking') expect(block).toMatchObject({ thinking: '', signature: '' });
        if (block['type'] === 'text') expect(block).toEqual({ type: 'text', text: '' });
        open = { block, json: '', isSealed: false };
        break;
      }
      case 'content_block_delta': {
        expect(open).toBeDefined();
        expect(data['index']).toBe(content.length);
        const delta = data['delta'] as Record<string, string>;
        const { block } = open!;
        expect(DELTAS[block['type'] as string]).toContain(delta['type']);
        expect(open!.isSealed).toBe(false);
        if (delta['type'] === 'text_delta') {
          expect(delta['text']).not.toBe('');
          block['text'] = `${block['text'] as string}${delta['text']}`;
        } else if (delta['type'] === 'citations_delta')
          expect(delta['citation']).toMatchObject({
            type: 'web_search_result_location',
            encrypted_index: '',
          });
        else if (delta['type'] === 'thinking_delta')
          block['thinking'] = `${block['thinking'] as string}${delta['thinking']}`;
        else if (delta['type'] === 'signature_delta') {
          expect(typeof delta['signature']).toBe('string');
          block['signature'] = delta['signature'];
          open!.isSealed = true;
        } else open!.json += delta['partial_json'];
        break;
      }
      case 'content_block_stop':
        expect(data['index']).toBe(content.length);
        content.push({ ...open!.block, ...(open!.block['type'] === 'tool_use' && { json: open!.json }) });
        open = undefined;
        break;
      case 'message_delta':
        expect(['blocks', 'delta']).toContain(phase);
        expect(open).toBeUndefined();
        phase = 'delta';
        Object.assign(message!, data['delta']);
        message!['usage'] = data['usage'];
        expect(typeof (data['usage'] as JsonObject)['output_tokens']).toBe('number');
        break;
      case 'message_stop':
        expect(phase).toBe('delta');
        phase = 'over';
        break;
      default:
        throw new Error(`unknown event: ${name}`);
    }
  }
  return phase === 'over' ? { ...message, content } : undefined;
}

const words = fc.oneof(fc.constantFrom('', 'a', '模🙂', '"}', '\n\ndata: x'), fc.string({ maxLength: 4 }));
const seal = fc.oneof(
  fc.record({ dialect: fc.constantFrom('anthropic-messages', 'gemini'), value: words }),
  fc.record({ dialect: fc.constant('anthropic-messages'), value: fc.record({ redacted: words }) }),
);
const piece = fc.record(
  {
    index: fc.integer({ min: 0, max: 3 }),
    id: fc.constantFrom('', 't1', 't2'),
    type: fc.constantFrom('function', 'custom'),
    name: fc.constantFrom('', 'get', 'set'),
    arguments: fc.oneof(fc.constantFrom('', '{', '"a', '":1', '}', '{}', '{"a":[1]}', ' '), words),
  },
  { requiredKeys: ['index', 'arguments'] },
);
const content: fc.Arbitrary<ReplyEvent> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('text' as const, 'reasoning' as const, 'refusal' as const),
    delta: words,
  }),
  fc.record({
    kind: fc.constant('citation' as const),
    citation: fc.record({ url: words, start: fc.nat(9), end: fc.nat(99) }),
  }),
  fc.record({ kind: fc.constant('seal' as const), seal }),
  fc.record({ kind: fc.constant('tool-calls' as const), pieces: fc.array(piece, { maxLength: 3 }) }),
);
const start = fc.record({
  kind: fc.constant('start' as const),
  model: words,
  id: fc.constantFrom(undefined, 'msg_1', 'chatcmpl-1'),
});
const news: fc.Arbitrary<ReplyEvent> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('finish' as const),
      reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'odd'),
      stopSequence: words,
      explanation: words,
    },
    { requiredKeys: ['kind', 'reason'] },
  ),
  fc.record({
    kind: fc.constant('usage' as const),
    counts: fc.dictionary(
      fc.constantFrom('prompt_tokens', 'completion_tokens', 'prompt_tokens_details'),
      fc.oneof(fc.nat(), fc.constant(null), fc.constant({ cached_tokens: 3, cache_write_tokens: -1 })),
    ),
  }),
);
const END: ReplyEvent = { kind: 'end' };

/** Whatever comes, in whatever order. */
const anything = fc.array(fc.oneof(content, content, start, news, fc.constant(END)), { maxLength: 25 });

/** A reply as readers yield it: calls with ids and names in their first pieces, pieces of several calls mixed. */
const legal = fc
  .tuple(
    start,
    fc.array(
      fc.oneof(
        fc.record({ kind: fc.constantFrom('text' as const, 'reasoning' as const), delta: words }),
        fc.record({
          kind: fc.constant('seal' as const),
          seal: fc.record({ dialect: fc.constant('x'), value: words }),
        }),
        fc.record({
          call: fc.integer({ min: 0, max: 2 }),
          input: fc.dictionary(fc.constantFrom('a', 'b}'), words, { maxKeys: 2 }),
        }),
      ),
      { maxLength: 12 },
    ),
    fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
  )
  .map(([first, steps, places]) => {
    const numbers = new Map<number, number>();
    const queues = new Map<number, string[]>();
    const events: ReplyEvent[] = [first];
    let turn = 0;
    const next = () => places[turn++ % places.length]!;
    const flush = (number: number, count: number) => {
      for (const text of queues.get(number)!.splice(0, count))
        events.push({ kind: 'tool-calls', pieces: [{ index: number, arguments: text }] });
    };
    for (const step of steps) {
      if ('kind' in step) events.push(step);
      else if (!numbers.has(step.call)) {
        const number = numbers.size;
        numbers.set(step.call, number);
        const json = JSON.stringify(step.input);
        const cut = next() % json.length;
        queues.set(number, [json.slice(0, cut), json.slice(cut)]);
        const head = { index: number, id: `t${number}`, type: 'function', name: 'get', arguments: '' };
        events.push({ kind: 'tool-calls', pieces: [head] });
      } else flush(numbers.get(step.call)!, 1);
    }
    for (const number of queues.keys()) flush(number, 2);
    const counts = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } };
    const finish = { kind: 'finish' as const, reason: queues.size > 0 ? 'tool_calls' : 'stop' };
    return [...events, finish, { kind: 'usage' as const, counts }, END];
  });

function write(events: readonly ReplyEvent[]): { stream: string; isRefused: boolean } {
  const writer = new MessagesWriter();
  let stream = '';
  for (const event of events) {
    try {
      stream += writer.write(event);
    } catch (error) {
      expect(error).toBeInstanceOf(UpstreamError);
      return { stream, isRefused: true };
    }
  }
  return { stream, isRefused: false };
}

describe('the stream of a message', () => {
  it('keeps the grammar for any events in any order, or the call fails', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const { stream, isRefused } = write(events);
        const message = gather(parse(stream));
        if (events.some(({ kind }) => kind === 'end') && !isRefused) expect(message).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('equals the document of the same events', () => {
    fc.assert(
      fc.property(legal, (events) => {
        const { stream, isRefused } = write(events);
        expect(isRefused).toBe(false);
        const streamed = gather(parse(stream))!;
        const blocks = (streamed['content'] as JsonObject[]).map(({ json, ...block }) =>
          json === undefined ? block : { ...block, input: JSON.parse(json as string) as unknown },
        );
        const document = ANTHROPIC_MESSAGES.document(events);
        const { id: _id, ...rest } = document;
        expect({ ...streamed, content: blocks }).toEqual({ ...rest, id: expect.any(String) as unknown });
      }),
      { numRuns: 200 },
    );
  });

  it('is read back as what it was written of, from the stream and from the document', () => {
    fc.assert(
      fc.property(legal, (events) => {
        const reader = new MessagesReader();
        const fromStream = parse(write(events).stream).flatMap(({ name, data }) =>
          reader.read({ event: name, data: JSON.stringify(data) }),
        );
        const fromDocument = ANTHROPIC_MESSAGES.read(ANTHROPIC_MESSAGES.document(events));
        const { parts, finish, model } = foldReply(events);
        for (const read of [fromStream, fromDocument]) {
          const reply = foldReply(read);
          // Calls without arguments have an empty object; an empty signature signs nothing.
          const expected = parts.map((part) =>
            part.kind === 'reasoning' && part.seal?.value === '' && part.seal.dialect === 'anthropic-messages'
              ? { ...part, seal: undefined }
              : part,
          );
          expect(reply).toMatchObject({ parts: expected, model, finish: { reason: finish!.reason } });
          expect(reply.counts).toMatchObject({ prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 });
        }
      }),
      { numRuns: 200 },
    );
  });
});
