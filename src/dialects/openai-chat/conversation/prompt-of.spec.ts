import { type JsonObject } from '../../../protocol/json.js';
import { USER, prompt, refusal } from '../../../../test/fixtures/dialects/read-chat.js';

describe('promptOf', () => {
  it('refuses messages that say nothing', () => {
    expect(refusal({}, { role: 'user', content: [] })).toEqual(['invalid_value', 'messages']);
  });

  it('reads leading instructions as the system, later ones as turns', () => {
    const read = prompt(
      {},
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [{ type: 'text', text: 'Two.' }] },
      USER,
      { role: 'system', content: 'Three.' },
    );
    expect(read.system).toEqual([
      { kind: 'text', text: 'One.' },
      { kind: 'text', text: 'Two.' },
    ]);
    expect(read.turns.map(({ role }) => role)).toEqual(['user', 'system']);
  });

  it('reads every kind of content', () => {
    const content = [
      { type: 'text', text: 'See', cache_control: { type: 'ephemeral' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
      { type: 'image_url', image_url: 'https://example.com/a.png' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      { type: 'file', file: { filename: 'a.txt', file_data: 'aGk=' } },
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'file', file: { file_data: 'data:text/plain,h%C3%A9' } },
    ];
    expect(prompt({}, { role: 'user', content }).turns[0]!.parts).toEqual([
      { kind: 'text', text: 'See', cache: { type: 'ephemeral' } },
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
      { kind: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
      { kind: 'audio', data: 'AAAA', format: 'wav' },
      { kind: 'file', source: { kind: 'data', mediaType: 'application/pdf', data: 'AAAA' }, name: 'a.pdf' },
      { kind: 'file', source: { kind: 'data', mediaType: 'text/plain', data: 'aGk=' }, name: 'a.txt' },
      { kind: 'file', source: { kind: 'id', id: 'file-1' } },
      { kind: 'file', source: { kind: 'data', mediaType: 'text/plain', data: 'aMOp' } },
    ]);
  });

  it('puts the results of consecutive tool messages into one turn', () => {
    const calls = ['a', 'b'].map((id) => ({
      id,
      type: 'function',
      function: { name: 'get', arguments: '{}' },
    }));
    const read = prompt(
      {},
      USER,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'two' }] },
      { role: 'user', content: 'go on' },
      { role: 'tool', tool_call_id: 'a', content: null },
    );
    expect(read.turns.slice(1)).toEqual([
      {
        role: 'assistant',
        parts: ['a', 'b'].map((id) => ({ kind: 'tool-call', id, name: 'get', arguments: '{}' })),
      },
      {
        role: 'user',
        parts: [
          { kind: 'tool-result', id: 'a', parts: [{ kind: 'text', text: 'one' }] },
          { kind: 'tool-result', id: 'b', parts: [{ kind: 'text', text: 'two' }] },
        ],
      },
      { role: 'user', parts: [{ kind: 'text', text: 'go on' }] },
      { role: 'user', parts: [{ kind: 'tool-result', id: 'a', parts: [] }] },
    ]);
  });

  it('reads custom calls, refusals, signatures of calls and deprecated functions', () => {
    const read = prompt(
      {
        functions: [{ name: 'get', description: 'Gets', parameters: { type: 'object' } }],
        function_call: { name: 'get' },
      },
      {
        role: 'assistant',
        content: '',
        refusal: 'No.',
        tool_calls: [
          { id: 'c', type: 'custom', custom: { name: 'patch', input: 'x' } },
          {
            id: 'd',
            function: { name: 'f', arguments: '' },
            extra_content: { google: { thought_signature: 's' } },
          },
        ],
      },
      { role: 'assistant', function_call: { name: 'get', arguments: '{"a":1}' } },
      { role: 'function', name: 'get', content: 'got' },
    );
    expect(read.turns).toEqual([
      {
        role: 'assistant',
        parts: [
          { kind: 'text', text: 'No.' },
          { kind: 'tool-call', id: 'c', name: 'patch', arguments: 'x', isCustom: true },
          {
            kind: 'tool-call',
            id: 'd',
            name: 'f',
            arguments: '',
            seal: { dialect: 'openai-chat', value: 's' },
          },
        ],
      },
      {
        role: 'assistant',
        parts: [{ kind: 'tool-call', id: 'call_function_0', name: 'get', arguments: '{"a":1}' }],
      },
      {
        role: 'user',
        parts: [{ kind: 'tool-result', id: 'call_function_0', parts: [{ kind: 'text', text: 'got' }] }],
      },
    ]);
    expect(read.tools).toEqual([{ name: 'get', description: 'Gets', parameters: { type: 'object' } }]);
    expect(read.toolChoice).toEqual({ kind: 'tool', name: 'get' });
  });

  it('reads reasoning with its signatures, whole or in the pieces of a stream', () => {
    const parts = (fields: JsonObject) =>
      prompt({}, { role: 'assistant', content: 'Yes', ...fields }).turns[0]!.parts;
    const seal = { dialect: 'openai-chat', value: 's' };
    const yes = { kind: 'text', text: 'Yes' };
    expect(parts({ reasoning_content: 'Hm' })).toEqual([{ kind: 'reasoning', text: 'Hm' }, yes]);
    const detail = (fields: object) => ({ type: 'reasoning.text', ...fields });
    expect(parts({ reasoning: 'Hm', reasoning_details: [detail({ text: 'Hm', signature: 's' })] })).toEqual([
      { kind: 'reasoning', text: 'Hm', seal },
      yes,
    ]);
    expect(
      parts({
        reasoning_details: [detail({ text: 'H' }), detail({ text: 'm' }), detail({ signature: 's' })],
      }),
    ).toEqual([{ kind: 'reasoning', text: 'Hm', seal }, yes]);
    expect(parts({ reasoning_content: 'Hm', reasoning_details: [detail({ signature: 's' })] })).toEqual([
      { kind: 'reasoning', text: 'Hm', seal },
      yes,
    ]);
    const foreign = `gw1.${Buffer.from('{"dialect":"anthropic-messages","value":"sig"}').toString('base64url')}`;
    expect(parts({ reasoning_details: [detail({ text: 'Hm', signature: foreign })] })[0]).toEqual({
      kind: 'reasoning',
      text: 'Hm',
      seal: { dialect: 'anthropic-messages', value: 'sig' },
    });
  });

  it('leaves out tools that may not be called, and those of the service itself', () => {
    const fn = (name: string) => ({ type: 'function', function: { name } });
    const read = prompt({
      tools: [
        fn('a'),
        fn('b'),
        { type: 'custom', custom: { name: 'c', format: { type: 'text' } } },
        { type: 'web_search' },
      ],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [fn('b'), { type: 'custom', custom: { name: 'c' } }] },
      },
    });
    expect(read.tools).toEqual([
      { name: 'b', parameters: { type: 'object', properties: {} } },
      { name: 'c', isCustom: true, format: { type: 'text' } },
    ]);
    expect(read.toolChoice).toEqual({ kind: 'required' });
    expect(read.dropped).toEqual(['tools.web_search']);
    expect(prompt({ tools: [], tool_choice: 'auto' })).not.toHaveProperty('toolChoice');
    for (const choice of ['required', fn('a')]) {
      const left = prompt({ tools: [{ type: 'web_search' }], tool_choice: choice });
      expect([left.toolChoice, left.dropped]).toEqual([undefined, ['tool_choice', 'tools.web_search']]);
    }
    expect(prompt({ function_call: { name: 'a' } }).dropped).toEqual(['function_call']);
    expect(prompt({ tool_choice: 'none' }).dropped).toEqual([]);
    expect(prompt({ tools: [fn('a')], tool_choice: fn('a') }).toolChoice).toEqual({
      kind: 'tool',
      name: 'a',
    });
  });

  it('reads how the reply is to be', () => {
    const schema = { type: 'object' };
    const read = prompt({
      max_completion_tokens: 7,
      max_tokens: 5,
      stop: ['a', ''],
      seed: 2n ** 60n,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
      reasoning: { enabled: true, max_tokens: 100, exclude: true },
      safety_identifier: 's',
      user: 'u',
    });
    expect(read.sampling).toEqual({ maxTokens: 7, stop: ['a'], seed: 2n ** 60n, choiceCount: 1 });
    expect(read.output).toEqual({ kind: 'schema', name: 'x', schema, isStrict: true });
    expect(read.reasoning).toEqual({ isEnabled: true, budgetTokens: 100, isVisible: false });
    expect(read.user).toBe('s');
    expect(prompt({ reasoning_effort: 'none' }).reasoning).toEqual({ isEnabled: false });
  });

  const image = (url: unknown) => ({ role: 'user', content: [{ type: 'image_url', image_url: { url } }] });
  it.each<[string, string, JsonObject]>([
    ['invalid_value', 'messages[0].role', { role: 'robot', content: 'a' }],
    ['missing_required_parameter', 'messages[0].role', { content: 'a' }],
    ['invalid_type', 'messages[0].content', { role: 'user', content: 5 }],
    ['invalid_type', 'messages[0].content[0]', { role: 'user', content: [5] }],
    ['invalid_value', 'messages[0].content[0].type', { role: 'user', content: [{ type: 'video_url' }] }],
    [
      'missing_required_parameter',
      'messages[0].content[0].text',
      { role: 'user', content: [{ type: 'text' }] },
    ],
    ['missing_required_parameter', 'messages[0].content[0].image_url.url', image(undefined)],
    ['invalid_value', 'messages[0].content[0].image_url.url', image('AAAA')],
    ['invalid_value', 'messages[0].content[0].image_url.url', image('data:text/plain,%E0%A4%A')],
    ['missing_required_parameter', 'messages[0].tool_call_id', { role: 'tool', content: 'a' }],
    ['invalid_type', 'messages[0].tool_calls', { role: 'assistant', tool_calls: 'a' }],
    ['missing_required_parameter', 'messages[0].tool_calls[0].id', { role: 'assistant', tool_calls: [{}] }],
    [
      'missing_required_parameter',
      'messages[0].tool_calls[0].function',
      { role: 'assistant', tool_calls: [{ id: 'a' }] },
    ],
    ['invalid_value', 'messages[0].name', { role: 'function', name: 'get', content: 'a' }],
    ['invalid_value', 'messages[0].audio', { role: 'assistant', audio: { id: 'a' } }],
  ])('refuses a message with %s at %s', (code, param, message) => {
    expect(refusal({}, message)).toEqual([code, param]);
  });

  it.each<[string, string, JsonObject]>([
    ['invalid_type', 'temperature', { temperature: 'hot' }],
    ['invalid_value', 'n', { n: 0 }],
    ['invalid_type', 'stop[1]', { stop: ['a', 5] }],
    ['invalid_type', 'tools', { tools: {} }],
    ['missing_required_parameter', 'tools[0].type', { tools: [{}] }],
    ['missing_required_parameter', 'tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    [
      'invalid_type',
      'tools[0].function.parameters',
      { tools: [{ type: 'function', function: { name: 'a', parameters: [] } }] },
    ],
    ['invalid_value', 'tool_choice', { tool_choice: 'maybe' }],
    ['missing_required_parameter', 'tool_choice.function', { tool_choice: { type: 'function' } }],
    [
      'invalid_value',
      'tool_choice.allowed_tools.mode',
      { tool_choice: { type: 'allowed_tools', allowed_tools: { tools: [] } } },
    ],
    ['invalid_value', 'response_format.type', { response_format: { type: 'grammar' } }],
    [
      'missing_required_parameter',
      'response_format.json_schema',
      { response_format: { type: 'json_schema' } },
    ],
    ['invalid_type', 'reasoning_effort', { reasoning_effort: 5 }],
    ['invalid_type', 'user', { user: 5 }],
    ['invalid_type', 'parallel_tool_calls', { parallel_tool_calls: 'yes' }],
  ])('refuses a request with %s at %s', (code, param, fields) => {
    expect(refusal(fields)).toEqual([code, param]);
  });
});
