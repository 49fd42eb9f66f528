import fc from 'fast-check';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvents } from '../../framing/sse-events.js';
import { MessagesReader } from './messages-reader.js';
import { namedEvent } from './named-event.js';

type Said = { readonly type: string; readonly [field: string]: unknown };

const USAGE = {
  input_tokens: 10,
  cache_read_input_tokens: 60,
  cache_creation_input_tokens: 30,
  output_tokens: 1,
};
const begin: Said = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', content: [], usage: USAGE },
};
const block = (index: number, content_block: object): Said => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, said: object): Said => ({ type: 'content_block_delta', index, delta: said });
const stop = (index: number): Said => ({ type: 'content_block_stop', index });
const ending = (stop_reason: string, more: object = {}): Said => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null, ...more },
  usage: { output_tokens: 9, input_tokens: null, output_tokens_details: { thinking_tokens: 4 } },
});
const over: Said = { type: 'message_stop' };

function read(...events: Said[]): ReplyEvent[] {
  const reader = new MessagesReader();
  return events.flatMap((event) => reader.read({ event: event.type, data: JSON.stringify(event) }));
}

const WHOLE = [
  begin,
  { type: 'ping' },
  block(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'hm' }),
  delta(0, { type: 'signature_delta', signature: 'sig' }),
  stop(0),
  block(1, { type: 'redacted_thinking', data: 'zzz' }),
  stop(1),
  block(2, { type: 'text', text: '' }),
  delta(2, { type: 'text_delta', text: '模🙂' }),
  delta(2, { type: 'citations_delta', citation: {} }),
  delta(2, { type: 'new_delta', text: 'x' }),
  stop(2),
  block(3, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
  delta(3, { type: 'input_json_delta', partial_json: '{"query":"q"}' }),
  stop(3),
  block(4, { type: 'web_search_tool_result', content: [] }),
  stop(4),
  block(5, { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} }),
  delta(5, { type: 'input_json_delta', partial_json: '' }),
  delta(5, { type: 'input_json_delta', partial_json: '{"a":' }),
  delta(5, { type: 'input_json_delta', partial_json: '1}' }),
  stop(5),
  block(6, { type: 'tool_use', id: 'toolu_2', name: 'set', input: {} }),
  stop(6),
  { type: 'new_event' },
  ending('tool_use'),
  over,
];
const EVENTS: ReplyEvent[] = [
  { kind: 'start', model: 'claude', id: 'msg_1' },
  { kind: 'reasoning', delta: 'hm' },
  { kind: 'seal', seal: { dialect: 'anthropic-messages', value: 'sig' } },
  { kind: 'seal', seal: { dialect: 'anthropic-messages', value: { redacted: 'zzz' } } },
  { kind: 'text', delta: '模🙂' },
  { kind: 'tool-calls', pieces: [{ index: 0, id: 'toolu_1', type: 'function', name: 'get', arguments: '' }] },
  { kind: 'tool-calls', pieces: [{ index: 0, arguments: '{"a":' }] },
  { kind: 'tool-calls', pieces: [{ index: 0, arguments: '1}' }] },
  { kind: 'tool-calls', pieces: [{ index: 1, id: 'toolu_2', type: 'function', name: 'set', arguments: '' }] },
  { kind: 'tool-calls', pieces: [{ index: 1, arguments: '{}' }] },
  { kind: 'finish', reason: 'tool_calls' },
  {
    kind: 'usage',
    counts: {
      prompt_tokens: 100,
      completion_tokens: 9,
      total_tokens: 109,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  },
  { kind: 'end' },
];

describe('the events of a message', () => {
  it('give thoughts, text, calls, the end and the counts, and nothing of server tools', () => {
    expect(read(...WHOLE)).toEqual(EVENTS);
  });

  it('are the same wherever the stream is cut', () => {
    const bytes = Buffer.from(WHOLE.map(namedEvent).join(''));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), (places) => {
        const boundary = new SseBoundary();
        const reader = new MessagesReader();
        const events: ReplyEvent[] = [];
        let at = 0;
        for (const end of [...places.toSorted((a, b) => a - b), bytes.length]) {
          const complete = boundary.push(bytes.subarray(at, end));
          at = end;
          for (const event of complete === undefined ? [] : sseEvents(complete.toString()))
            events.push(...reader.read(event));
        }
        expect(events).toEqual(EVENTS);
      }),
    );
  });

  it('are those of the whole message, too', () => {
    const document = {
      type: 'message',
      id: 'msg_1',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'sig' },
        { type: 'redacted_thinking', data: 'zzz' },
        { type: 'text', text: '模🙂', citations: null },
        { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
        { type: 'tool_use', id: 'toolu_1', name: 'get', input: { a: 1 } },
        { type: 'tool_use', id: 'toolu_2', name: 'set', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { ...USAGE, output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } },
    };
    const events = ANTHROPIC_MESSAGES.read(document);
    const pieces = events.filter(({ kind }) => kind === 'tool-calls');
    expect(pieces.flatMap((event) => (event.kind === 'tool-calls' ? event.pieces : []))).toEqual([
      { index: 0, id: 'toolu_1', type: 'function', name: 'get', arguments: '' },
      { index: 0, arguments: '{"a":1}' },
      { index: 1, id: 'toolu_2', type: 'function', name: 'set', arguments: '' },
      { index: 1, arguments: '{}' },
    ]);
    const others = (all: readonly ReplyEvent[]) => all.filter(({ kind }) => kind !== 'tool-calls');
    expect(others(events)).toEqual(others(EVENTS));
  });

  it.each([
    ['end_turn', {}, { reason: 'stop' }],
    ['stop_sequence', { stop_sequence: 'X' }, { reason: 'stop', stopSequence: 'X' }],
    ['max_tokens', {}, { reason: 'length' }],
    ['model_context_window_exceeded', {}, { reason: 'length' }],
    ['tool_use', {}, { reason: 'tool_calls' }],
    ['pause_turn', {}, { reason: 'stop' }],
    ['refusal', { stop_details: { explanation: 'why' } }, { reason: 'content_filter', explanation: 'why' }],
    ['new_reason', {}, { reason: 'stop' }],
  ])('end by %s', (reason, more, finish) => {
    expect(read(begin, ending(reason, more), over)).toContainEqual({ kind: 'finish', ...finish });
  });

  it('end with the body if the stop reason is known, and are broken off if not', () => {
    const reader = new MessagesReader();
    reader.read({ data: JSON.stringify(begin) });
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'upstream_stream_interrupted' }));
    reader.read({ data: JSON.stringify(ending('end_turn')) });
    expect(reader.end().map(({ kind }) => kind)).toEqual(['finish', 'usage', 'end']);
    expect(reader.isDone).toBe(true);
  });

  it('count what the last event reports, without adding', () => {
    const later = { ...ending('end_turn'), usage: { output_tokens: 5, cache_read_input_tokens: 60 } };
    expect(read(begin, ending('end_turn'), later, over)).toContainEqual(
      expect.objectContaining({
        kind: 'usage',
        counts: expect.objectContaining({ prompt_tokens: 100, completion_tokens: 5 }) as object,
      }),
    );
  });

  it('are read even if services leave something out', () => {
    expect(read(delta(0, { type: 'text_delta', text: 'a' }), over)).toEqual([
      { kind: 'start', model: '', id: undefined },
      { kind: 'text', delta: 'a' },
      { kind: 'finish', reason: 'stop' },
      { kind: 'end' },
    ]);
    const whole = block(0, { type: 'tool_use', id: 't', name: 'get', input: { a: 1 } });
    expect(read(begin, whole, ending('end_turn'), over)).toContainEqual({
      kind: 'tool-calls',
      pieces: [{ index: 0, arguments: '{"a":1}' }],
    });
    expect(new MessagesReader().read({ data: '' })).toEqual([]);
  });

  it('fail with an error if their meaning is unclear', () => {
    expect(() => read(begin, begin)).toThrow('begins a second message');
    expect(() => read(begin, delta(3, { type: 'input_json_delta', partial_json: '{' }))).toThrow(
      'has not begun',
    );
    expect(() => read(begin, block(0, { type: 'tool_use', id: 't' }))).toThrow('without a name');
    expect(() => new MessagesReader().read({ data: '{"type":' })).toThrow(UpstreamError);
    expect(() => ANTHROPIC_MESSAGES.read({ type: 'message' })).toThrow(UpstreamError);
    expect(() => ANTHROPIC_MESSAGES.read('x')).toThrow(UpstreamError);
  });

  it.each([
    ['error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'Overloaded'],
    [undefined, '{"error":{"message":"no"}}', 'no'],
    ['error', 'broken', undefined],
  ])('report an error: %s %s', (event, data, message) => {
    let error: unknown;
    try {
      new MessagesReader().read({ event, data });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ReportedFailure);
    if (message !== undefined) expect((error as ReportedFailure).error).toMatchObject({ message });
    expect(() => ANTHROPIC_MESSAGES.read({ type: 'error', error: { message: 'no' } })).toThrow(
      ReportedFailure,
    );
  });

  it('never crash the reader, in any order or form', () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, 0, 1, '', 'text', 'tool_use', 'thinking', {}, []),
      fc.record({
        type: fc.constantFrom(
          'text',
          'thinking',
          'tool_use',
          'text_delta',
          'input_json_delta',
          'signature_delta',
        ),
        text: fc.constantFrom<unknown>('a', 5, null),
        name: fc.constantFrom<unknown>('n', 5, ''),
        partial_json: fc.constantFrom<unknown>('{', null),
      }),
    );
    const event = fc.record({
      type: fc.constantFrom<unknown>(
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_stop',
        'message_delta',
        'message_stop',
        'error',
        5,
      ),
      index: value,
      delta: value,
      content_block: value,
      message: value,
      usage: value,
      error: value,
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(event, value), { maxLength: 10 }), (events) => {
        const reader = new MessagesReader();
        const said: ReplyEvent[] = [];
        try {
          for (const each of events) said.push(...reader.read({ data: JSON.stringify(each) }));
        } catch (error) {
          expect(error instanceof UpstreamError || error instanceof ReportedFailure).toBe(true);
        }
        for (const [index, { kind }] of said.entries()) {
          expect(kind === 'start').toBe(index === 0);
          if (kind === 'end') expect(index).toBe(said.length - 1);
        }
      }),
    );
  });
});
