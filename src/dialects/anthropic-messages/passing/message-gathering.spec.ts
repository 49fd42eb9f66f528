import { UpstreamError } from '../../../errors/upstream-errors.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { namedEvent } from '../response/named-event.js';
import { MessageGathering } from './message-gathering.js';

type Event = { readonly type: string } & Record<string, unknown>;

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    usage: { input_tokens: 3 },
  },
};
const END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } };
const STOP = { type: 'message_stop' };
const block = (index: number, content_block: unknown): Event => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, value: object): Event => ({ type: 'content_block_delta', index, delta: value });
const stop = (index: number): Event => ({ type: 'content_block_stop', index });

function gather(...events: readonly Event[]): MessageGathering {
  const gathering = new MessageGathering('asked-for');
  gathering.read(Buffer.from(events.map(namedEvent).join('')));
  return gathering;
}
const contentOf = (...events: readonly Event[]): unknown =>
  gather(START, ...events, END, STOP).finish()['content'];

describe('a message gathered of its stream', () => {
  it('has the deltas of every kind of block, those that are still to come too', () => {
    const citation = { type: 'web_search_result_location', url: 'u', encrypted_index: 'e' };
    expect(
      contentOf(
        block(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        delta(0, { type: 'input_json_delta', partial_json: '{"query":' }),
        delta(0, { type: 'input_json_delta', partial_json: '12345678901234567890}' }),
        stop(0),
        block(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [{ url: 'u' }] }),
        stop(1),
        block(2, { type: 'text', text: '', citations: [] }),
        delta(2, { type: 'citations_delta', citation }),
        delta(2, { type: 'text_delta', text: 'a' }),
        delta(2, { type: 'text_delta', text: 'b' }),
        stop(2),
        block(3, { type: 'thinking', thinking: '', signature: '' }),
        delta(3, { type: 'thinking_delta', thinking: 'hm', estimated_tokens: 7 }),
        delta(3, { type: 'signature_delta', signature: 'half' }),
        delta(3, { type: 'signature_delta', signature: 'whole' }),
        stop(3),
        block(4, { type: 'redacted_thinking', data: 'd' }),
        stop(4),
        block(5, { type: 'compaction', content: null }),
        delta(5, { type: 'compaction_delta', content: 'short', encrypted_content: 'x' }),
        stop(5),
        block(6, { type: 'new', words: '', list: [1], first: 1 }),
        delta(6, { type: 'new_delta', words: 'a', list: [2], at: 1 }),
        delta(6, { type: 'new_delta', words: 'b', list: [3], at: 2 }),
        delta(6, JSON.parse('{"type":"new_delta","__proto__":{"at":3}}') as object),
      ),
    ).toEqual([
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 12345678901234567890n } },
      { type: 'web_search_tool_result', tool_use_id: 's', content: [{ url: 'u' }] },
      { type: 'text', text: 'ab', citations: [citation] },
      { type: 'thinking', thinking: 'hm', signature: 'whole' },
      { type: 'redacted_thinking', data: 'd' },
      { type: 'compaction', content: 'short', encrypted_content: 'x' },
      JSON.parse('{"type":"new","words":"ab","list":[1,2,3],"first":1,"at":2,"__proto__":{"at":3}}'),
    ]);
  });

  it('has all that its last events say of it', () => {
    const message = gather(
      { ...START, message: { ...START.message, container: null, of_the_future: 1 } },
      { type: 'ping' },
      {
        type: 'message_delta',
        delta: { stop_reason: null, container: { id: 'c' } },
        usage: { input_tokens: null, cache_read_input_tokens: 4 },
        context_management: { applied_edits: [] },
      },
      { ...END, later: 2 },
      { ...STOP, metrics: { ms: 1 } },
      { type: 'message_delta', delta: { stop_reason: 'late' } },
    ).finish();
    expect(message).toEqual({
      ...START.message,
      content: [],
      container: { id: 'c' },
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 2 },
      context_management: { applied_edits: [] },
      of_the_future: 1,
      later: 2,
      metrics: { ms: 1 },
    });
  });

  it('names the model that the service fell back to', () => {
    const to = { type: 'model', model: 'other' };
    expect(gather(START, block(0, { type: 'fallback', to }), END, STOP).finish()).toMatchObject({
      model: 'other',
      content: [{ type: 'fallback', to }],
    });
  });

  it('tolerates what some services leave out', () => {
    const told = gather(
      delta(0, { type: 'text_delta', text: 'a' }),
      delta(0, { type: 'text_delta', text: 'b' }),
      delta(1, { type: 'thinking_delta', thinking: 'c' }),
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    ).finish();
    expect(told).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'asked-for',
      content: [
        { type: 'text', text: 'ab' },
        { type: 'thinking', thinking: 'c', signature: '' },
      ],
      usage: { input_tokens: 0, output_tokens: 0 },
    });
    expect(
      contentOf(
        block(0, { type: 'text', text: 'a' }),
        block(0, { type: 'tool_use', input: { a: 1 } }),
        stop(0),
        stop(0),
      ),
    ).toEqual([
      { type: 'text', text: 'a' },
      { type: 'tool_use', input: { a: 1 } },
    ]);
    expect(
      contentOf(block(0, { type: 'tool_use' }), delta(0, { type: 'input_json_delta', partial_json: '{"a' })),
    ).toEqual([{ type: 'tool_use', input: { _raw: '{"a' } }]);
  });

  it('fails if the stream does', () => {
    const error = { type: 'overloaded_error', message: 'no' };
    expect(() => gather(START, { type: 'error', error }, END, STOP).finish()).toThrow(ReportedFailure);
    expect(() => gather(START, block(0, { type: 'text', text: 'a' })).finish()).toThrow(
      'broke its answer off',
    );
    expect(() => gather(START, START)).toThrow('second message');
    expect(() => gather(START, delta(0, { type: 'input_json_delta', partial_json: '{' }))).toThrow(
      'not begun',
    );
    expect(() => new MessageGathering('m').read(Buffer.from('data: half\n\n'))).toThrow(UpstreamError);
  });

  it('is whole without its last event if only its connection failed', () => {
    const gathering = gather(START, END);
    expect(gathering.isDone).toBe(false);
    expect(gathering.isWholeDespite('idle_timeout')).toBe(true);
    expect(gathering.isWholeDespite('client_disconnected')).toBe(false);
    expect(gather(START).isWholeDespite('idle_timeout')).toBe(false);
    gathering.read(Buffer.from('data: [DONE]\n\n'));
    expect(gathering.isDone).toBe(true);
  });
});
