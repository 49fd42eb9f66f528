import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';

const TOOLS = [
  { type: 'function', name: 'look' },
  { type: 'custom', name: 'patch' },
  { type: 'local_shell' },
  { type: 'shell' },
  { type: 'apply_patch' },
  { type: 'tool_search', execution: 'client' },
  {
    type: 'namespace',
    name: 'mcp',
    description: '',
    tools: [
      { type: 'function', name: 'find' },
      { type: 'custom', name: 'say' },
    ],
  },
];

function requestOf(fields: JsonObject) {
  const body = { model: 'mine', input: [{ role: 'user', content: 'hi' }], tools: TOOLS, ...fields };
  return OPENAI_RESPONSES.parse(Buffer.from(JSON.stringify(body)), { depth: 100, values: 10_000 });
}

function responseOf(events: readonly ReplyEvent[], fields: JsonObject = {}): JsonObject {
  const all: ReplyEvent[] = [{ kind: 'start', model: 'mine', id: 'chatcmpl-1' }, ...events, { kind: 'end' }];
  return OPENAI_RESPONSES.document(all, requestOf(fields));
}

function outputOf(events: readonly ReplyEvent[], fields: JsonObject = {}): JsonObject[] {
  return responseOf(events, fields)['output'] as JsonObject[];
}

function call(name: string, text: string, type = 'function'): ReplyEvent {
  return { kind: 'tool-calls', pieces: [{ index: 0, id: 'call_1', type, name, arguments: text }] };
}

describe('a reply as a response', () => {
  it('has the settings of the request, and the usage', () => {
    const response = responseOf(
      [
        { kind: 'text', delta: 'Hel' },
        { kind: 'text', delta: 'lo' },
        { kind: 'finish', reason: 'stop' },
        {
          kind: 'usage',
          counts: {
            prompt_tokens: 9,
            completion_tokens: 3,
            total_tokens: 12,
            prompt_tokens_details: { cached_tokens: 4 },
          },
        },
      ],
      {
        instructions: 'Be.',
        metadata: { a: 'b' },
        temperature: 0.5,
        text: { verbosity: 'low' },
        tool_choice: 'auto',
      },
    );
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/) as string,
      object: 'response',
      status: 'completed',
      model: 'mine',
      error: null,
      incomplete_details: null,
      instructions: 'Be.',
      metadata: { a: 'b' },
      temperature: 0.5,
      store: false,
      tools: TOOLS,
      text: { format: { type: 'text' }, verbosity: 'low' },
      usage: {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 12,
      },
    });
    expect(response['output']).toEqual([
      {
        id: expect.stringMatching(/^msg_/) as string,
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
      },
    ]);
  });

  it.each([
    ['look', '{"a":1}', { type: 'function_call', name: 'look', arguments: '{"a":1}' }],
    ['look', '', { type: 'function_call', name: 'look', arguments: '{}' }],
    ['patch', '{"input":"*** Begin"}', { type: 'custom_tool_call', name: 'patch', input: '*** Begin' }],
    ['patch', '{"text":"*** Begin"}', { type: 'custom_tool_call', name: 'patch', input: '*** Begin' }],
    ['patch', '*** Begin', { type: 'custom_tool_call', name: 'patch', input: '*** Begin' }],
    ['mcp__find', '{}', { type: 'function_call', name: 'find', namespace: 'mcp' }],
    ['mcp__say', '{"input":"x"}', { type: 'custom_tool_call', name: 'say', namespace: 'mcp', input: 'x' }],
    [
      'local_shell',
      '{"command":["ls","-l"],"timeout_ms":5}',
      { type: 'local_shell_call', action: { type: 'exec', command: ['ls', '-l'], env: {}, timeout_ms: 5 } },
    ],
    [
      'local_shell',
      '{"command":"ls"}',
      { action: { type: 'exec', command: ['bash', '-lc', 'ls'], env: {} } },
    ],
    ['local_shell', '{"cmd":1}', { type: 'function_call', name: 'local_shell', arguments: '{"cmd":1}' }],
    [
      'shell',
      '{"commands":["ls"]}',
      { type: 'shell_call', action: { commands: ['ls'], timeout_ms: null, max_output_length: null } },
    ],
    [
      'apply_patch',
      '{"type":"update_file","path":"a","diff":"+b"}',
      { type: 'apply_patch_call', operation: { type: 'update_file', path: 'a', diff: '+b' } },
    ],
    [
      'tool_search',
      '{"query":"q"}',
      { type: 'tool_search_call', execution: 'client', arguments: { query: 'q' } },
    ],
    ['stranger', '{}', { type: 'function_call', name: 'stranger' }],
  ])('gives calls of %s with %j back as the client knows them', (name, text, item) => {
    expect(outputOf([call(name, text), { kind: 'finish', reason: 'tool_calls' }])).toEqual([
      expect.objectContaining({ ...item, call_id: 'call_1', status: 'completed' }) as JsonObject,
    ]);
  });

  it('hands free text of custom tools on as it comes', () => {
    const writer = OPENAI_RESPONSES.writer(requestOf({}));
    const text = writer.write(call('patch', '*** Be', 'custom'));
    expect(text).toContain('response.custom_tool_call_input.delta');
    expect(outputOf([call('patch', '{"input":1}', 'custom')])[0]).toMatchObject({ input: '{"input":1}' });
  });

  it('begins a new message after a call, and marks what was cut', () => {
    const output = outputOf([
      { kind: 'reasoning', delta: 'hm' },
      { kind: 'text', delta: 'one' },
      call('look', '{}'),
      { kind: 'text', delta: 'two' },
      { kind: 'finish', reason: 'length' },
    ]);
    expect(output.map(({ type, status }) => [type, status])).toEqual([
      ['reasoning', 'completed'],
      ['message', 'completed'],
      ['function_call', 'completed'],
      ['message', 'incomplete'],
    ]);
    const cut = outputOf([call('look', '{"a'), { kind: 'finish', reason: 'length' }]);
    expect(cut).toEqual([expect.objectContaining({ arguments: '{"a', status: 'incomplete' })]);
  });

  it('gives the reason of a refusal as text if there is no other', () => {
    const finish = { kind: 'finish', reason: 'content_filter', explanation: 'Unsafe.' } as const;
    const response = responseOf([finish]);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
    });
    expect(response['output']).toMatchObject([{ content: [{ type: 'refusal', refusal: 'Unsafe.' }] }]);
  });

  it('keeps calls apart whose ids are equal or missing', () => {
    const pieces = [
      { index: 0, id: 'x', name: 'look', arguments: '{}' },
      { index: 1, id: 'x', name: 'look', arguments: '{}' },
      { index: 2, name: 'look', arguments: '{}' },
    ];
    const ids = outputOf([{ kind: 'tool-calls', pieces }]).map((item) => item['call_id']);
    expect(ids[0]).toBe('x');
    expect(new Set(ids).size).toBe(3);
  });

  describe('with seals', () => {
    const seal = { dialect: 'anthropic-messages', value: { signature: 's' } };
    const own = { dialect: 'openai-responses', value: 'sealed' };
    const events: ReplyEvent[] = [
      { kind: 'reasoning', delta: 'hm' },
      { kind: 'seal', seal },
      { kind: 'seal', seal: own },
      {
        kind: 'tool-calls',
        pieces: [
          { index: 0, id: 'a', name: 'mcp__find', arguments: '{}', seal: { dialect: 'gemini', value: 'g' } },
        ],
      },
      { kind: 'tool-calls', pieces: [{ index: 1, id: 'b', name: 'patch', arguments: '{"input":"p"}' }] },
    ];

    it('returns them only if the request includes them', () => {
      expect(JSON.stringify(outputOf(events))).not.toContain('encrypted_content');
      expect(outputOf(events, { include: ['reasoning.encrypted_content'] })[1]).toMatchObject({
        summary: [],
        encrypted_content: 'sealed',
      });
    });

    it('reads them back from the next request, with all else of the reply', () => {
      const output = outputOf(events, { store: false });
      const results = [
        { type: 'custom_tool_call_output', call_id: 'b', output: 'two' },
        { type: 'function_call_output', call_id: 'a', output: 'one' },
      ];
      const input = [{ role: 'user', content: 'hi' }, ...output, ...results];
      expect(requestOf({ input }).prompt().turns.slice(1)).toEqual([
        {
          role: 'assistant',
          parts: [
            { kind: 'reasoning', text: 'hm', seal },
            { kind: 'reasoning', text: '', seal: own },
            {
              kind: 'tool-call',
              id: 'a',
              name: 'mcp__find',
              arguments: '{}',
              seal: { dialect: 'gemini', value: 'g' },
            },
            { kind: 'tool-call', id: 'b', name: 'patch', arguments: 'p', isCustom: true },
          ],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', id: 'a', parts: [{ kind: 'text', text: 'one' }] },
            { kind: 'tool-result', id: 'b', parts: [{ kind: 'text', text: 'two' }] },
          ],
        },
      ]);
    });
  });

  it('reads every item that it writes as a legal item of the next request', () => {
    for (const [name, text] of [
      ['local_shell', '{"command":["ls"],"env":{}}'],
      ['shell', '{"commands":["ls"],"timeout_ms":null,"max_output_length":null}'],
      ['apply_patch', '{"type":"delete_file","path":"a"}'],
      ['tool_search', '{"query":"q"}'],
    ] as const) {
      const input = [{ role: 'user', content: 'hi' }, ...outputOf([call(name, text)])];
      const [, turn] = requestOf({ input }).prompt().turns;
      expect(turn!.parts).toEqual([{ kind: 'tool-call', id: 'call_1', name, arguments: text }]);
    }
  });

  it('names each event of its stream', () => {
    const writer = OPENAI_RESPONSES.writer(requestOf({}));
    const events: ReplyEvent[] = [
      { kind: 'start', model: 'm', id: undefined },
      { kind: 'text', delta: 'x' },
      { kind: 'end' },
    ];
    const text = events.map((event) => writer.write(event)).join('');
    expect([...sseEvents(text)].map(({ event }) => event)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(writer.write({ kind: 'text', delta: 'late' })).toBe('');
  });
});
