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

  it('reads files without a type by their names', () => {
    const content = [{ type: 'input_file', filename: 'a.txt', file_data: 'aGVsbG8=' }];
    expect(turnsFor({ role: 'user', content })).toMatchObject([
      { parts: [{ source: { kind: 'data', mediaType: 'text/plain', data: 'aGVsbG8=' } }] },
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

  it('skips and reports items that only a service of the same format can read', () => {
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
