import { type ReplyEvent } from '../../../conversation/reply.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { ChunkReader } from './chunk-reader.js';
import { readCompletion } from './completion-reader.js';

const chunk = (delta: unknown, others: object = {}, finish_reason: string | null = null) =>
  JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, delta, finish_reason, ...others }] });

function readAll(...data: string[]): ReplyEvent[] {
  const reader = new ChunkReader();
  return [...data.flatMap((each) => [...reader.read({ data: each })]), ...reader.end()];
}

/** What lies between the start and the finish. */
const said = (...data: string[]) =>
  readAll(...data).filter(({ kind }) => !['start', 'finish', 'end'].includes(kind));
const finishOf = (events: readonly ReplyEvent[]) => events.find(({ kind }) => kind === 'finish');
const STOP = chunk({}, {}, 'stop');

describe('ChunkReader', () => {
  it('reads the chunks of a stream as they come', () => {
    const reader = new ChunkReader();
    expect(reader.read({ data: '{"id":"","model":"","choices":[],"prompt_filter_results":[]}' })).toEqual([]);
    expect(reader.read({ data: chunk({ role: 'assistant', content: '' }) })).toEqual([
      { kind: 'start', model: 'm', id: 'x' },
    ]);
    expect(reader.read({ data: chunk({ content: 'Hel' }) })).toEqual([{ kind: 'text', delta: 'Hel' }]);
    expect(reader.read({ data: STOP })).toEqual([]);
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    expect(reader.read({ data: JSON.stringify({ choices: [], usage }) })).toEqual([]);
    expect(reader.isDone).toBe(false);
    expect(reader.read({ data: '[DONE]' })).toEqual([
      { kind: 'finish', reason: 'stop' },
      { kind: 'usage', counts: usage },
      { kind: 'end' },
    ]);
    expect(reader.isDone).toBe(true);
    expect(reader.read({ data: chunk({ content: 'more' }) })).toEqual([]);
  });

  it.each(['reasoning_content', 'reasoning'])(
    'seals reasoning in %s, which the service may want back',
    (field) => {
      expect(said(chunk({ [field]: 'Hm' }), chunk({ content: 'Yes' }), STOP)).toEqual([
        { kind: 'reasoning', delta: 'Hm' },
        { kind: 'seal', seal: { dialect: 'openai-chat', value: null } },
        { kind: 'text', delta: 'Yes' },
      ]);
    },
  );

  it('reports reasoning once if several fields carry it, and reads its signature', () => {
    const detail = { type: 'reasoning.text', text: 'Hm', index: 0 };
    expect(
      said(
        chunk({ reasoning: 'Hm', reasoning_content: 'Hm', reasoning_details: [detail] }),
        chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 's', index: 0 }] }),
        chunk({ content: 'Yes' }),
        STOP,
      ),
    ).toEqual([
      { kind: 'reasoning', delta: 'Hm' },
      { kind: 'seal', seal: { dialect: 'openai-chat', value: 's' } },
      { kind: 'text', delta: 'Yes' },
    ]);
  });

  it('reads lists of parts, and refusals', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
      { type: 'text', text: 'No' },
    ];
    expect(
      said(chunk({ content }), chunk({ refusal: 'I will not.' }), STOP).map((event) => ({
        ...event,
        seal: 0,
      })),
    ).toEqual([
      { kind: 'reasoning', delta: 'Hm', seal: 0 },
      { kind: 'seal', seal: 0 },
      { kind: 'text', delta: 'No', seal: 0 },
      { kind: 'refusal', delta: 'I will not.', seal: 0 },
    ]);
  });

  it('reports pieces of arguments as they come, and holds those that may repeat', () => {
    const call = (text: string, others: object = {}) =>
      chunk({
        tool_calls: [
          {
            index: 0,
            ...others,
            function: { ...(others as { function?: object }).function, arguments: text },
          },
        ],
      });
    const events = said(
      call('', { id: 'a', type: 'function', function: { name: 'get' } }),
      call('{"a"'),
      call(':1}'),
      call('{ "a": 1 }'),
      STOP,
    );
    expect(events).toEqual([
      {
        kind: 'tool-calls',
        pieces: [{ index: 0, id: 'a', type: 'function', name: 'get', arguments: '{"a"' }],
      },
      { kind: 'tool-calls', pieces: [{ index: 0, arguments: ':1}' }] },
    ]);
  });

  it('reads a call whose every piece has an id of its own as one', () => {
    const piece = (id: string, text: string) =>
      chunk({ tool_calls: [{ index: 0, id, function: { name: 'get', arguments: text } }] });
    const events = said(piece('a', '{"city":'), piece('b', '"Oslo"'), piece('c', '}'), STOP);
    const pieces = events.flatMap((event) => (event.kind === 'tool-calls' ? event.pieces : []));
    expect(pieces.map(({ id }) => id)).toEqual(['a', undefined]);
    expect(pieces.map((each) => each.arguments).join('')).toBe('{"city":"Oslo"}');
  });

  it('keeps custom calls and signatures of calls', () => {
    const calls = [
      { index: 0, id: 'a', type: 'custom', custom: { name: 'patch', input: '*** Begin' } },
      {
        index: 1,
        id: 'b',
        function: { name: 'get', arguments: '' },
        extra_content: { google: { thought_signature: 's' } },
      },
    ];
    expect(said(chunk({ tool_calls: calls }), STOP)).toEqual([
      {
        kind: 'tool-calls',
        pieces: [{ index: 0, id: 'a', type: 'custom', name: 'patch', arguments: '*** Begin' }],
      },
      {
        kind: 'tool-calls',
        pieces: [
          {
            index: 1,
            id: 'b',
            type: 'function',
            name: 'get',
            arguments: '{}',
            seal: { dialect: 'openai-chat', value: 's' },
          },
        ],
      },
    ]);
  });

  it('gives calls of one id an id each, since results have nothing else to name', () => {
    const entry = (index: number, city: string) => ({
      index,
      id: 'get',
      function: { name: 'get', arguments: city },
    });
    const pieces = said(
      chunk({ tool_calls: [entry(0, '{"a":1}')] }),
      chunk({ tool_calls: [entry(1, '{"b":1}')] }),
      STOP,
    ).flatMap((event) => (event.kind === 'tool-calls' ? event.pieces : []));
    expect(pieces.map(({ index }) => index)).toEqual([0, 1]);
    expect(pieces[0]!.id).toBe('get');
    expect(pieces[1]!.id).toMatch(/^call_/);
  });

  it('reads deprecated function calls, once if a service sends both forms', () => {
    const call = { name: 'get', arguments: '{}' };
    expect(finishOf(readAll(chunk({ function_call: call }), chunk({}, {}, 'function_call')))).toEqual({
      kind: 'finish',
      reason: 'tool_calls',
    });
    const both = chunk({ tool_calls: [{ index: 0, id: 'a', function: call }], function_call: call });
    const pieces = said(both, STOP).flatMap((event) => (event.kind === 'tool-calls' ? event.pieces : []));
    expect(pieces.filter(({ id }) => id !== undefined)).toHaveLength(1);
  });

  it.each([
    ['stop', undefined, 'stop'],
    ['MAX_TOKENS', undefined, 'length'],
    ['end_turn', undefined, 'stop'],
    ['sensitive', undefined, 'content_filter'],
    ['tool_calls', undefined, 'stop'],
    ['stop', 'call', 'tool_calls'],
  ])('reads the finish reason %s of a reply with %s as %s', (given, calls, reason) => {
    const delta =
      calls === undefined ? { content: 'a' } : { tool_calls: [{ id: 'a', function: { name: 'f' } }] };
    expect(finishOf(readAll(chunk(delta), chunk({}, {}, given)))).toEqual({ kind: 'finish', reason });
  });

  it('reports the stop sequence if the service does', () => {
    expect(finishOf(readAll(chunk({ content: 'a' }), chunk({}, { stop_reason: 'END' }, 'stop')))).toEqual({
      kind: 'finish',
      reason: 'stop',
      stopSequence: 'END',
    });
    expect(finishOf(readAll(chunk({}, { stop_reason: 151645 }, 'stop')))).toEqual({
      kind: 'finish',
      reason: 'stop',
    });
  });

  it('finds the counts wherever they are, in the names of the format', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, prompt_cache_hit_tokens: 2 };
    expect(said(chunk({ content: 'a' }), chunk({}, { usage }, 'stop'))[1]).toEqual({
      kind: 'usage',
      counts: { ...usage, total_tokens: 5, prompt_tokens_details: { cached_tokens: 2 } },
    });
    const unknown = { usage: { prompt_tokens: -1, completion_tokens: -1 } };
    expect(said(chunk({ content: 'a' }), chunk({}, unknown, 'stop'))).toHaveLength(1);
  });

  it('reads one choice only', () => {
    const other = JSON.stringify({ choices: [{ index: 1, delta: { content: 'other' } }] });
    expect(said(chunk({ content: 'a' }), other, STOP)).toEqual([{ kind: 'text', delta: 'a' }]);
  });

  it('reports errors with the event that reports them, and what broke off', () => {
    const error = { message: 'Overloaded', code: 529 };
    let thrown: unknown;
    try {
      readAll(chunk({ content: 'a' }), JSON.stringify({ error }));
    } catch (failure) {
      thrown = failure;
    }
    expect(thrown).toBeInstanceOf(ReportedFailure);
    expect(thrown).toMatchObject({ error, document: { error } });
    expect(() => readAll(chunk({ content: 'a' }))).toThrow('The upstream broke its answer off.');
    expect(() => readAll(chunk({ content: 'a' }), '{"cut')).toThrow('is not a JSON object');
    expect(() => readAll('[DONE]')).toThrow('holds no choices');
    expect(() => readAll(chunk({ content: 'a' }, {}, 'insufficient_system_resource'))).toThrow(
      'gave its answer up',
    );
    // Whatever follows the last chunk, nothing can be missing.
    expect(said(chunk({ content: 'a' }, {}, 'stop'), '{"usage":{"pro')).toHaveLength(1);
  });

  it('fails if a later chunk corrects an earlier one', () => {
    const whole = {
      object: 'chat.completion',
      choices: [{ message: { content: 'Other' }, finish_reason: 'stop' }],
    };
    expect(() => readAll(chunk({ content: 'One' }), JSON.stringify(whole))).toThrow('corrects');
  });
});

describe('readCompletion', () => {
  it('reads a completion as the events of its stream', () => {
    const message = {
      role: 'assistant',
      content: 'Yes',
      reasoning_content: 'Hm',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'get', arguments: '{"a":1}' } },
        { id: 'b', type: 'function', function: { name: 'get', arguments: { a: 1 } } },
      ],
    };
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
    expect(readCompletion({ id: 'x', model: 'm', choices, usage })).toEqual([
      { kind: 'start', model: 'm', id: 'x' },
      { kind: 'reasoning', delta: 'Hm' },
      { kind: 'seal', seal: { dialect: 'openai-chat', value: null } },
      { kind: 'text', delta: 'Yes' },
      {
        kind: 'tool-calls',
        pieces: [
          { index: 0, id: 'a', type: 'function', name: 'get', arguments: '{"a":1}' },
          { index: 1, id: 'b', type: 'function', name: 'get', arguments: '{"a":1}' },
        ],
      },
      { kind: 'finish', reason: 'tool_calls' },
      { kind: 'usage', counts: usage },
      { kind: 'end' },
    ]);
  });

  it('reads the first choice, and texts without a message', () => {
    const choices = [
      { index: 1, text: 'second' },
      { index: 0, text: 'first' },
    ];
    expect(readCompletion({ choices })[1]).toEqual({ kind: 'text', delta: 'first' });
  });

  it('refuses what is no completion', () => {
    expect(() => readCompletion({ error: { message: 'No' } })).toThrow(ReportedFailure);
    expect(() => readCompletion({ object: 'list', data: [] })).toThrow('holds no choices');
    expect(() => readCompletion({ choices: [] })).toThrow('holds no choices');
    expect(() => readCompletion('text')).toThrow('is not a JSON object');
  });
});
