import { type Prompt } from '../../../conversation/prompt.js';
import { promptOf } from './prompt-of.js';

const USER = { role: 'user', content: 'hi' };
const tool = (name: string) => ({ name, input_schema: { type: 'object' } });
const system = (...content: object[]) => ({ role: 'system', content });
const removal = (name: string) => ({ type: 'tool_removal', tool: { type: 'tool_reference', name } });
const addition = (change: object) => ({ type: 'tool_addition', tool: change });

function promptFor(messages: object[], fields: object = {}): Prompt {
  return promptOf({ messages: [USER, ...messages, USER], tools: [tool('a'), tool('b')], ...fields });
}

function toolsAfter(...content: object[]): string[] {
  return promptFor([system(...content)]).tools.map(({ name }) => name);
}

describe('system messages within a conversation', () => {
  it('add tools and take them away', () => {
    const defined = addition({ type: 'tool_definition', definition: tool('c') });
    expect(toolsAfter(defined)).toEqual(['a', 'b', 'c']);
    expect(toolsAfter(removal('a'))).toEqual(['b']);
    expect(toolsAfter(removal('a'), addition({ type: 'tool_reference', name: 'a' }))).toEqual(['b', 'a']);
    expect(toolsAfter(addition({ type: 'tool_reference', name: 'b' }))).toEqual(['a', 'b']);
    expect(toolsAfter(defined, removal('c'))).toEqual(['a', 'b']);
  });

  it('drop by name the tools that the service would call itself', () => {
    const change = addition({ type: 'mcp_toolset_reference', server_name: 's' });
    expect(promptFor([system(change)]).dropped).toEqual(['tools']);
  });

  it('refuse a change of no shape', () => {
    expect(() => toolsAfter({ type: 'tool_addition' })).toThrow('messages[1].content[0].tool');
  });

  it('may say settings only, and those of the last one count', () => {
    const effort = (word: string) => ({ role: 'system', output_config: { effort: word } });
    const { turns, reasoning } = promptFor(
      [effort('low'), effort('max'), { role: 'system', output_config: {} }],
      {
        output_config: { effort: 'high' },
      },
    );
    expect(turns.map(({ role }) => role)).toEqual(['user', 'user']);
    expect(reasoning).toEqual({ isEnabled: true, effort: 'max' });
  });

  it('are over with the turn that they were for', () => {
    const passing = { ...system({ type: 'text', text: 'now' }), clear_at: 'next_user_message' };
    expect(promptFor([passing]).turns.map(({ role }) => role)).toEqual(['user', 'user']);
    const last = promptOf({ messages: [USER, passing], max_tokens: 1 });
    expect(last.turns.map(({ role }) => role)).toEqual(['user', 'system']);
  });
});

describe('blocks of tools that a service ran', () => {
  it.each(['web_search_tool_result', 'mcp_tool_use', 'mcp_tool_listing'])(
    'become text in messages of the user as well: %s',
    (type) => {
      const { turns } = promptOf({ messages: [{ role: 'user', content: [{ type, name: 'x' }] }] });
      expect(turns).toEqual([{ role: 'user', parts: [{ kind: 'text', text: `[${type}] {"name":"x"}` }] }]);
    },
  );

  it('do not include uploads of the client, which are refused', () => {
    const content = [{ type: 'container_upload', file_id: 'f' }];
    expect(() => promptOf({ messages: [{ role: 'user', content }] })).toThrow('content[0].type');
  });
});
