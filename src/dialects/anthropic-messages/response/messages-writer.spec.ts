import { type ReplyEvent } from '../../../conversation/reply.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages.js';
import { MessagesWriter } from './messages-writer.js';

const START: ReplyEvent = { kind: 'start', model: 'm', id: 'msg_1' };
const END: ReplyEvent = { kind: 'end' };

function write(...events: ReplyEvent[]): { event: string; [field: string]: unknown }[] {
  const writer = new MessagesWriter();
  const stream = [START, ...events, END].map((event) => writer.write(event)).join('');
  return [...stream.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, event, data]) => ({
    event,
    ...(JSON.parse(data!) as object),
  })) as { event: string }[];
}

/** In short: what is begun, said and ended. */
function inShort(...events: ReplyEvent[]): unknown[] {
  return write(...events)
    .filter(({ event }) => event.startsWith('content'))
    .map(({ event, content_block, delta }) => {
      if (event === 'content_block_start') return (content_block as { type: string }).type;
      return event === 'content_block_stop' ? 'stop' : Object.values(delta as object)[1];
    });
}

const call = (index: number, text: string, head: object = {}): ReplyEvent => ({
  kind: 'tool-calls',
  pieces: [{ index, arguments: text, ...head }],
});
const head = (name: string) => ({ id: `t_${name}`, type: 'function', name });

describe('a message as a stream', () => {
  it('begins with all keys that typed clients expect', () => {
    const [first] = write();
    expect(first).toEqual({
      event: 'message_start',
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        container: null,
        diagnostics: null,
        usage: {
          input_tokens: 0,
          output_tokens: 0,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
          output_tokens_details: null,
          server_tool_use: null,
          service_tier: null,
          speed: null,
          inference_geo: null,
        },
      },
    });
  });

  it('has thoughts, text and calls as blocks, each payload in its own', () => {
    expect(
      inShort(
        { kind: 'reasoning', delta: 'hm' },
        { kind: 'text', delta: 'a' },
        { kind: 'text', delta: 'b' },
        call(0, '{}', head('x')),
      ),
    ).toEqual(['thinking', 'hm', '', 'stop', 'text', 'a', 'b', 'stop', 'tool_use', '{}', 'stop']);
  });

  it('holds pieces of parallel calls until the block before is closed, and loses none', () => {
    expect(
      inShort(
        call(0, '{"a":', head('x')),
        call(1, '{"b', head('y')),
        call(0, '1}'),
        call(1, '":2}'),
        call(2, '', { id: 't_z' }),
        { kind: 'text', delta: 'after' },
        call(2, '{}', { name: 'z' }),
      ),
    ).toEqual(
      [
        ['tool_use', '{"a":', '1}', 'stop'],
        ['tool_use', '{"b', '":2}', 'stop'],
        ['tool_use', '{}', 'stop'],
        ['text', 'after', 'stop'],
      ].flat(),
    );
  });

  it('begins the next call as soon as the JSON of the one before is whole', () => {
    const writer = new MessagesWriter();
    writer.write(START);
    writer.write(call(0, '{"a":"}"', head('x')));
    expect(writer.write(call(1, '', head('y')))).toBe('');
    expect(writer.write(call(0, '}'))).toContain('"name":"y"');
  });

  it('fails for a call that never gets a name', () => {
    expect(() => write(call(0, '{}', { id: 't1' }))).toThrow('a tool without a name');
    expect(() => ANTHROPIC_MESSAGES.document([START, call(0, '{}'), END])).toThrow('a tool without a name');
  });

  it('makes an id if the service has none', () => {
    const [, block] = write(call(0, '{}', { name: 'x' }));
    expect(block).toMatchObject({
      content_block: { id: expect.stringMatching(/^toolu_[\da-f]{32}$/) as string },
    });
  });

  it('gives the free text of a custom tool as one field', () => {
    const said = inShort(
      call(0, 'a "b" \ud83d', { ...head('x'), type: 'custom' }),
      call(0, '\ude42\n'),
      call(1, '{}', head('y')),
    );
    expect(said[0]).toBe('tool_use');
    const pieces = said.slice(1, said.indexOf('stop'));
    expect(JSON.parse(pieces.join(''))).toEqual({ input: 'a "b" 🙂\n' });
  });

  it('signs thoughts with the seal of the service, wraps foreign seals, and keeps redacted thoughts', () => {
    const own = { dialect: 'anthropic-messages', value: 'sig' };
    const foreign = { dialect: 'gemini', value: 'x' };
    const said = inShort(
      { kind: 'reasoning', delta: 'a' },
      { kind: 'seal', seal: own },
      { kind: 'reasoning', delta: 'b' },
      { kind: 'seal', seal: foreign },
      { kind: 'seal', seal: foreign },
      { kind: 'seal', seal: { dialect: 'anthropic-messages', value: { redacted: 'zzz' } } },
    );
    const wrapped = expect.stringMatching(/^gw1\./) as string;
    expect(said).toEqual(
      [
        ['thinking', 'a', 'sig', 'stop'],
        ['thinking', 'b', wrapped, 'stop'],
        ['thinking', wrapped, 'stop'],
        ['redacted_thinking', 'stop'],
      ].flat(),
    );
  });

  it.each([
    [{ reason: 'stop' }, false, 'end_turn', null],
    [{ reason: 'stop', stopSequence: 'X' }, false, 'stop_sequence', 'X'],
    [{ reason: 'stop' }, true, 'tool_use', null],
    [{ reason: 'tool_calls' }, false, 'end_turn', null],
    [{ reason: 'length' }, true, 'max_tokens', null],
    [{ reason: 'content_filter' }, false, 'refusal', null],
    [{ reason: 'odd' }, false, 'end_turn', null],
  ])('ends for %j with calls %s as %s', (finish, hasCalls, stop_reason, stop_sequence) => {
    const events = [...(hasCalls ? [call(0, '{}', head('x'))] : []), { kind: 'finish' as const, ...finish }];
    const delta = { stop_reason, stop_sequence };
    expect(write(...events).at(-2)).toMatchObject({ event: 'message_delta', delta });
    expect(ANTHROPIC_MESSAGES.document([START, ...events, END])).toMatchObject(delta);
  });

  it('reports a refusal as text', () => {
    const events: ReplyEvent[] = [
      { kind: 'refusal', delta: 'No.' },
      { kind: 'finish', reason: 'stop', explanation: 'why' },
    ];
    expect(inShort(...events)).toEqual(['text', 'No.', 'stop']);
    const stop_details = { type: 'refusal', category: null, explanation: 'why' };
    expect(write(...events).at(-2)).toMatchObject({ delta: { stop_reason: 'refusal', stop_details } });
    expect(ANTHROPIC_MESSAGES.document([START, ...events, END])).toMatchObject({
      content: [{ type: 'text', text: 'No.' }],
      stop_reason: 'refusal',
      stop_details,
    });
  });

  it('counts cached tokens once', () => {
    const counts = {
      prompt_tokens: 100,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    expect(write({ kind: 'usage', counts }).at(-2)).toMatchObject({
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 30,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 5 },
      },
    });
  });
});
