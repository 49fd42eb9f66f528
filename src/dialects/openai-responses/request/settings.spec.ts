import { type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { promptOf } from './prompt-of.js';

function promptFor(fields: JsonObject): Prompt {
  return promptOf({ model: 'm', input: 'hi', ...fields });
}

const user = { role: 'user', content: 'hi' };

describe('the settings of a request', () => {
  it('are dropped by name if a prompt has no field for them', () => {
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

  it('put the description of a group into its first tool', () => {
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

  it('omit the tool settings if no tool is left', () => {
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
