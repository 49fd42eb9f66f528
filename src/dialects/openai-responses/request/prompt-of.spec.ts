import { type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { promptOf } from './prompt-of.js';

function promptFor(fields: JsonObject): Prompt {
  return promptOf({ model: 'm', input: 'hi', ...fields });
}

function turnsFor(...input: unknown[]): Prompt['turns'] {
  return promptFor({ input }).turns;
}

const text = (words: string) => ({ kind: 'text', text: words });
const user = { role: 'user', content: 'hi' };

describe('the input of a request', () => {
  it('is a text, or messages in all their forms', () => {
    expect(promptFor({ input: 'hi' }).turns).toEqual([{ role: 'user', parts: [text('hi')] }]);
    const { system, turns } = promptFor({
      instructions: 'one',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'two' }] },
        { role: 'system', content: 'three' },
        user,
        { role: 'assistant', content: [{ type: 'output_text', text: 'yes', annotations: [] }] },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'refusal', refusal: 'no' }],
        },
        { role: 'developer', content: 'four' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'a' },
            { type: 'input_text', text: 'b' },
          ],
        },
      ],
    });
    expect(system).toEqual([text('one'), text('two'), text('three')]);
    expect(turns).toEqual([
      { role: 'user', parts: [text('hi')] },
      { role: 'assistant', parts: [text('yes'), text('no')] },
      { role: 'system', parts: [text('four')] },
      { role: 'user', parts: [text('a'), text('b')] },
    ]);
  });

  it('has images, files and audio', () => {
    const [turn] = turnsFor({
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'original' },
        { type: 'input_image', image_url: { url: 'https://a/b.png' } },
        { type: 'input_image', file_id: 'file_1', detail: 'low' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
        { type: 'input_file', file_data: 'CCCC' },
        { type: 'input_file', file_url: 'https://a/b.pdf' },
        { type: 'input_audio', input_audio: { data: 'DDDD', format: 'wav' } },
      ],
    });
    expect(turn!.parts).toEqual([
      { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AAAA' }, detail: 'high' },
      { kind: 'image', source: { kind: 'url', url: 'https://a/b.png' } },
      { kind: 'image', source: { kind: 'id', id: 'file_1' }, detail: 'low' },
      { kind: 'file', source: { kind: 'data', mediaType: 'application/pdf', data: 'BBBB' }, name: 'a.pdf' },
      { kind: 'file', source: { kind: 'data', mediaType: 'application/pdf', data: 'CCCC' } },
      { kind: 'file', source: { kind: 'url', url: 'https://a/b.pdf' } },
      { kind: 'audio', data: 'DDDD', format: 'wav' },
    ]);
  });

  it('puts the items of one reply into one turn, and the results of its calls behind it', () => {
    const turns = turnsFor(
      user,
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: 'sealed',
      },
      { role: 'assistant', content: 'Let me look.' },
      {
        type: 'function_call',
        call_id: 'a',
        name: 'look',
        arguments: '{"x":1}',
        id: 'fc_1',
        status: 'completed',
      },
      { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: '*** Begin' },
      { role: 'user', content: 'wait' },
      { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
      {
        type: 'function_call_output',
        call_id: 'a',
        output: [
          { type: 'input_text', text: 'seen' },
          { type: 'input_image', image_url: 'https://i' },
        ],
      },
    );
    expect(turns).toEqual([
      { role: 'user', parts: [text('hi')] },
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'hm', seal: { dialect: 'openai-responses', value: 'sealed' } },
          text('Let me look.'),
          { kind: 'tool-call', id: 'a', name: 'look', arguments: '{"x":1}' },
          { kind: 'tool-call', id: 'b', name: 'patch', arguments: '*** Begin', isCustom: true },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            kind: 'tool-result',
            id: 'a',
            parts: [text('seen'), { kind: 'image', source: { kind: 'url', url: 'https://i' } }],
          },
          { kind: 'tool-result', id: 'b', parts: [text('done')] },
        ],
      },
      { role: 'user', parts: [text('wait')] },
    ]);
  });

  it('gives calls without results one, and results without calls a place', () => {
    const turns = turnsFor(
      user,
      { type: 'function_call', call_id: 'a', name: 'look', arguments: '' },
      { type: 'function_call_output', call_id: 'z', output: { odd: true } },
      { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'first' },
    );
    expect(turns.slice(1)).toEqual([
      { role: 'assistant', parts: [{ kind: 'tool-call', id: 'a', name: 'look', arguments: '{}' }] },
      { role: 'user', parts: [{ kind: 'tool-result', id: 'a', parts: [text('first')] }] },
      { role: 'user', parts: [text('Result of the tool call z:'), text('{"odd":true}')] },
      { role: 'assistant', parts: [{ kind: 'tool-call', id: 'a', name: 'look', arguments: '{}' }] },
      { role: 'user', parts: [{ kind: 'tool-result', id: 'a', parts: [text('aborted')], isError: true }] },
    ]);
  });

  it('reads the calls of tools that clients run, and their results', () => {
    const turns = turnsFor(
      user,
      {
        type: 'local_shell_call',
        id: 'lsh_1',
        call_id: 'a',
        action: { type: 'exec', command: ['ls'], env: {} },
        status: 'completed',
      },
      { type: 'local_shell_call_output', id: 'lsh_1', output: 'files' },
      { type: 'shell_call', call_id: 'b', action: { commands: ['pwd'] } },
      {
        type: 'shell_call_output',
        call_id: 'b',
        output: [{ stdout: '/', stderr: '', outcome: { type: 'exit', exit_code: 0 } }],
      },
      {
        type: 'apply_patch_call',
        call_id: 'c',
        status: 'completed',
        operation: { type: 'delete_file', path: 'x' },
      },
      { type: 'apply_patch_call_output', call_id: 'c', status: 'failed', output: 'no such file' },
      { type: 'tool_search_call', call_id: 'd', execution: 'client', arguments: { query: 'mail' } },
      {
        type: 'tool_search_output',
        call_id: 'd',
        tools: [{ type: 'function', name: 'send_mail', parameters: {} }],
      },
    );
    expect(turns.filter(({ role }) => role === 'assistant').map(({ parts }) => parts[0])).toEqual([
      { kind: 'tool-call', id: 'a', name: 'local_shell', arguments: '{"command":["ls"],"env":{}}' },
      { kind: 'tool-call', id: 'b', name: 'shell', arguments: '{"commands":["pwd"]}' },
      { kind: 'tool-call', id: 'c', name: 'apply_patch', arguments: '{"type":"delete_file","path":"x"}' },
      { kind: 'tool-call', id: 'd', name: 'tool_search', arguments: '{"query":"mail"}' },
    ]);
    expect(turns.flatMap(({ parts }) => parts).filter(({ kind }) => kind === 'tool-result')).toEqual([
      { kind: 'tool-result', id: 'a', parts: [text('files')] },
      {
        kind: 'tool-result',
        id: 'b',
        parts: [text('[{"stdout":"/","stderr":"","outcome":{"type":"exit","exit_code":0}}]')],
      },
      { kind: 'tool-result', id: 'c', parts: [text('no such file')], isError: true },
      { kind: 'tool-result', id: 'd', parts: [text('{"tools":["send_mail"]}')] },
    ]);
  });

  it('passes over what only the service of the format can read, and says so', () => {
    const { turns, dropped, tools } = promptFor({
      input: [
        { type: 'web_search_call', id: 'ws_1', status: 'completed', action: {} },
        { type: 'compaction', encrypted_content: 'x' },
        { type: 'brand_new_item', anything: 1 },
        { type: 'reasoning', summary: [] },
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'custom', name: 'later' }] },
        { type: 'tool_search_call', call_id: null, arguments: {} },
        {
          type: 'tool_search_output',
          call_id: null,
          tools: [{ type: 'function', name: 'found', parameters: null }],
        },
        user,
      ],
    });
    expect(turns).toEqual([{ role: 'user', parts: [text('hi')] }]);
    expect(dropped).toEqual(['input.web_search_call', 'input.compaction', 'input.brand_new_item']);
    expect(tools.map(({ name }) => name)).toEqual(['later', 'found']);
  });

  it.each([
    [{ input: [] }, 'input'],
    [{ input: [1] }, 'input[0]'],
    [{ input: [user, { type: 'item_reference', id: 'msg_1' }] }, 'input[1]'],
    [{ input: [user, { id: 'msg_1' }] }, 'input[1]'],
    [{ input: [{ role: 'critic', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: [{ type: 'hologram' }] }] }, 'input[0].content[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0].image_url'],
    [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'function_call', call_id: 'a' }] }, 'input[0].name'],
    [{ input: [{ type: 'compaction_trigger' }] }, 'input[0].type'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function' }] }] }, 'tools[0].tools[0].name'],
    [{ tool_choice: 'maybe' }, 'tool_choice'],
    [{ tool_choice: { type: 'function' } }, 'tool_choice.name'],
    [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
    [{ text: { format: { type: 'json_schema', name: 'x' } } }, 'text.format.schema'],
    [{ reasoning: 'high' }, 'reasoning'],
    [{ instructions: 5 }, 'instructions'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ moderation: { model: 'o', policy: { input: { mode: 'block' } } } }, 'moderation'],
  ])('refuses %j by the path of its fault', (fields, param) => {
    expect(() => promptFor(fields)).toThrow(expect.objectContaining({ status: 400, param }) as Error);
  });
});

describe('the settings of a request', () => {
  it('are dropped by their names where no prompt has a place for them', () => {
    const tool = { type: 'function', name: 'f', allowed_callers: ['programmatic'], output_schema: {} };
    const { dropped } = promptFor({
      input: 'hi',
      tools: [{ ...tool, defer_loading: true }],
      reasoning: { effort: 'low', mode: 'pro', context: 'all_turns' },
      text: { format: { type: 'text' }, verbosity: 'low' },
    });
    const names = ['text.verbosity', 'reasoning.mode', 'reasoning.context'];
    const lost = ['tools.allowed_callers', 'tools.output_schema', 'tools.defer_loading'];
    expect(dropped).toEqual([...names, ...lost]);
    const usual = { effort: 'low', summary: 'auto', mode: 'standard', context: 'auto' };
    expect(promptFor({ input: 'hi', reasoning: usual }).dropped).toEqual([]);
  });

  it('read files without a type by their names', () => {
    const content = [{ type: 'input_file', filename: 'a.txt', file_data: 'aGVsbG8=' }];
    expect(turnsFor({ role: 'user', content })).toMatchObject([
      { parts: [{ source: { kind: 'data', mediaType: 'text/plain', data: 'aGVsbG8=' } }] },
    ]);
  });

  const find = {
    type: 'function',
    name: 'find',
    description: 'Finds.',
    parameters: { type: 'object' },
    strict: true,
  };
  const format = { type: 'grammar', syntax: 'lark', definition: 'x' };
  const mixed = [
    find,
    { type: 'custom', name: 'apply_patch', format },
    {
      type: 'namespace',
      name: 'mcp__mail',
      description: 'Mail',
      tools: [{ type: 'function', name: 'send' }],
    },
    { type: 'web_search', search_content_types: ['x'] },
    { type: 'local_shell' },
    { type: 'shell', environment: { type: 'container_auto' } },
    { type: 'tool_search' },
  ];

  it('keep the tools that the client runs, each under one name', () => {
    const { tools, dropped } = promptFor({ tools: mixed, tool_choice: 'auto', parallel_tool_calls: true });
    expect(tools.map(({ name }) => name)).toEqual(['find', 'apply_patch', 'mcp__mail__send', 'local_shell']);
    expect(tools[0]).toEqual({
      name: 'find',
      description: 'Finds.',
      parameters: { type: 'object' },
      isStrict: true,
    });
    expect(tools[1]).toEqual({ name: 'apply_patch', isCustom: true, format });
    expect(tools[2]!.description).toBe('The tools of mcp__mail: Mail');
    expect(dropped).toEqual(['tools.web_search', 'tools.shell', 'tools.tool_search']);
  });

  it('say with the first tool of a group what the group says of all', () => {
    const one = { type: 'function', name: 'one', description: 'First.' };
    const two = { type: 'function', name: 'two', description: 'Second.' };
    const { tools } = promptFor({
      tools: [{ type: 'namespace', name: 'g', description: 'All.', tools: [one, two] }],
    });
    expect(tools.map(({ description }) => description)).toEqual([
      'The tools of g: All.\n\nFirst.',
      'Second.',
    ]);
  });

  it('shorten long names of groups, and keep equal ones apart', () => {
    const { tools } = promptFor({
      tools: [
        { type: 'function', name: 'a__b' },
        { type: 'namespace', name: 'a', tools: [{ type: 'function', name: 'b' }] },
        { type: 'namespace', name: 'n'.repeat(50), tools: [{ type: 'function', name: 'f'.repeat(50) }] },
        { type: 'function', name: 'a__b' },
      ],
    });
    const names = tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
    expect(names.every((name) => /^[\w-]{1,64}$/.test(name))).toBe(true);
  });

  it.each([
    ['none', { kind: 'none' }],
    [
      { type: 'function', name: 'find' },
      { kind: 'tool', name: 'find' },
    ],
    [
      { type: 'function', function: { name: 'find' } },
      { kind: 'tool', name: 'find' },
    ],
    [
      { type: 'custom', name: 'apply_patch' },
      { kind: 'tool', name: 'apply_patch' },
    ],
    [
      { type: 'function', name: 'send', namespace: 'mcp__mail' },
      { kind: 'tool', name: 'mcp__mail__send' },
    ],
    [{ type: 'local_shell' }, { kind: 'tool', name: 'local_shell' }],
    [{ type: 'web_search' }, undefined],
  ])('choose a tool by %j', (choice, expected) => {
    const prompt = promptFor({ tools: mixed, tool_choice: choice });
    expect(prompt.toolChoice).toEqual(expected);
    expect(prompt.dropped.includes('tool_choice')).toBe(expected === undefined);
  });

  it('leave the allowed tools alone', () => {
    const choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'find' }, { type: 'mcp' }],
    };
    const { tools, toolChoice } = promptFor({ tools: mixed, tool_choice: choice });
    expect(tools.map(({ name }) => name)).toEqual(['find']);
    expect(toolChoice).toEqual({ kind: 'required' });
  });

  it('say nothing of tools where none is left', () => {
    const prompt = promptFor({
      tools: [{ type: 'web_search' }],
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    expect(prompt).not.toHaveProperty('toolChoice');
    expect(prompt).not.toHaveProperty('parallelToolCalls');
    expect(prompt.dropped).toEqual(['tool_choice', 'tools.web_search']);
  });

  it('read formats and thought', () => {
    const schema = { type: 'object' };
    const shape = { type: 'json_schema', name: 'x', schema, strict: true };
    const prompt = promptFor({
      text: { format: shape, verbosity: 'low' },
      reasoning: { effort: 'high', summary: 'auto' },
    });
    expect(prompt.output).toEqual({ kind: 'schema', name: 'x', schema, isStrict: true });
    expect(prompt.reasoning).toEqual({ isEnabled: true, effort: 'high', isVisible: true });
    expect(prompt.dropped).toEqual(['text.verbosity']);
    expect(promptFor({ reasoning: {} })).not.toHaveProperty('reasoning');
    expect(promptFor({ reasoning: { effort: 'none' } }).reasoning).toEqual({ isEnabled: false });
    const update = { type: 'configuration_update', reasoning: { effort: 'low' } };
    expect(promptFor({ input: [user, update], reasoning: { effort: 'high' } }).reasoning?.effort).toBe('low');
  });
});
