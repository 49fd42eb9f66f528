import { parse, promptOf, partsOf } from '../../../../test/fixtures/dialects/read-message.js';

describe('the prompt of a request for a message', () => {
  it('leaves out what names the client’s conversation, and keeps marks of caches', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const system = [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2; cch=ab12;' },
      { type: 'text', text: 'Be brief.', cache_control },
      { type: 'text', text: '' },
    ];
    expect(promptOf({ system }).system).toEqual([{ kind: 'text', text: 'Be brief.', cache: cache_control }]);
  });

  it('has instructions within the conversation as turns', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'system', content: [{ type: 'text', text: 'b' }] },
      { role: 'assistant', content: '' },
    ];
    expect(promptOf({ messages }).turns).toEqual([
      { role: 'user', parts: [{ kind: 'text', text: 'a' }] },
      { role: 'system', parts: [{ kind: 'text', text: 'b' }] },
    ]);
  });

  it('has results of tools with texts, images and errors', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AA==' };
    expect(
      partsOf([
        { type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'no' },
        { type: 'tool_result', tool_use_id: 't2' },
        {
          type: 'tool_result',
          tool_use_id: 't3',
          is_error: false,
          content: [
            { type: 'text', text: 'yes' },
            { type: 'image', source },
            { type: 'tool_reference', tool_name: 'get' },
            { type: 'search_result', title: 'T', source: 'S', content: [{ type: 'text', text: 'words' }] },
            { type: 'browser_state', tabs: 1 },
          ],
        },
        { type: 'text', text: 'and?' },
      ]),
    ).toEqual([
      { kind: 'tool-result', id: 't1', parts: [{ kind: 'text', text: 'no' }], isError: true },
      { kind: 'tool-result', id: 't2', parts: [] },
      {
        kind: 'tool-result',
        id: 't3',
        parts: [
          { kind: 'text', text: 'yes' },
          { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AA==' } },
          { kind: 'text', text: 'get' },
          { kind: 'text', text: 'T\nS\n\nwords' },
          { kind: 'text', text: '[browser_state] {"tabs":1}' },
        ],
      },
      { kind: 'text', text: 'and?' },
    ]);
  });

  it('has images and documents from every kind of source', () => {
    expect(
      partsOf([
        { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
        { type: 'image', source: { type: 'file', file_id: 'f1' } },
        {
          type: 'document',
          title: 'T',
          context: 'C',
          source: { type: 'base64', media_type: 'application/pdf', data: 'AA' },
        },
        { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'inner' }] } },
        { type: 'document', source: { type: 'content', content: 'plain' } },
        { type: 'document', source: { type: 'url', url: 'https://x/y.pdf' } },
      ]),
    ).toEqual([
      { kind: 'image', source: { kind: 'url', url: 'https://x/y.png' } },
      { kind: 'image', source: { kind: 'id', id: 'f1' } },
      { kind: 'text', text: 'C' },
      { kind: 'file', name: 'T', source: { kind: 'data', mediaType: 'application/pdf', data: 'AA' } },
      { kind: 'text', text: 'T\n\nwords' },
      { kind: 'text', text: 'inner' },
      { kind: 'text', text: 'plain' },
      { kind: 'file', source: { kind: 'url', url: 'https://x/y.pdf' } },
    ]);
  });

  it('has the thoughts, calls and text of the assistant; calls of server tools become text', () => {
    expect(
      partsOf(
        [
          { type: 'thinking', thinking: 'hm', signature: 'EqQB' },
          { type: 'thinking', thinking: '', signature: '' },
          { type: 'redacted_thinking', data: 'zzz' },
          { type: 'tool_use', id: 't1', name: 'get', input: { big: 1 } },
          { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 's1',
            content: [{ type: 'web_search_result', url: 'u', title: 't', encrypted_content: 'secret' }],
          },
          { type: 'compaction', content: 'Summary.', encrypted_content: 'x' },
          { type: 'compaction', content: null },
        ],
        'assistant',
      ),
    ).toEqual([
      { kind: 'reasoning', text: 'hm', seal: { dialect: 'anthropic-messages', value: 'EqQB' } },
      { kind: 'reasoning', text: '', seal: { dialect: 'anthropic-messages', value: { redacted: 'zzz' } } },
      { kind: 'tool-call', id: 't1', name: 'get', arguments: '{"big":1}' },
      { kind: 'text', text: '[server_tool_use] {"name":"web_search","input":{"query":"q"}}' },
      {
        kind: 'text',
        text: '[web_search_tool_result] {"content":[{"type":"web_search_result","url":"u","title":"t"}]}',
      },
      { kind: 'text', text: 'Summary.' },
    ]);
  });

  it('keeps numbers beyond 2^53', () => {
    const text = `{"model":"a","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{"id":12345678901234567890}}]}]}`;
    expect(parse(text).prompt().turns[0]?.parts[0]).toMatchObject({
      arguments: '{"id":12345678901234567890}',
    });
  });

  it('gives tools of the client whose schema the service knows one; drops those that the service runs', () => {
    const { tools, dropped } = promptOf({
      tools: [
        {
          type: 'custom',
          name: 'a',
          description: 'A',
          input_schema: { type: 'object' },
          strict: true,
          defer_loading: true,
        },
        { type: 'bash_20250124', name: 'bash' },
        { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
        { type: 'memory_20250818', name: 'memory' },
        { type: 'computer_20250124', name: 'computer', display_width_px: 800, display_height_px: 600 },
        { type: 'web_search_20260209', name: 'web_search' },
        { type: 'mcp_toolset', mcp_server_name: 'x' },
      ],
    });
    expect(tools.map(({ name }) => name)).toEqual([
      'a',
      'bash',
      'str_replace_based_edit_tool',
      'memory',
      'computer',
    ]);
    expect(tools[0]).toEqual({ name: 'a', description: 'A', parameters: { type: 'object' }, isStrict: true });
    for (const { parameters } of tools.slice(1)) expect(parameters).toMatchObject({ type: 'object' });
    expect(tools[4]?.description).toContain('800x600');
    expect(dropped).toEqual(['defer_loading', 'tools']);
  });

  it('has no choice among no tools', () => {
    const tools = [{ type: 'web_search_20260209', name: 'web_search' }];
    expect(promptOf({ tools: [], tool_choice: { type: 'auto' } }).toolChoice).toBeUndefined();
    expect(promptOf({ tools, tool_choice: { type: 'any' } }).dropped).toEqual(['tools', 'tool_choice']);
    expect(() => promptOf({ tools, tool_choice: { type: 'tool', name: 'web_search' } })).toThrow(
      'tool_choice.name',
    );
  });

  it.each([
    [{ type: 'adaptive' }, undefined, { isEnabled: true }],
    [{ type: 'adaptive', display: 'summarized' }, 'low', { isEnabled: true, effort: 'low', isVisible: true }],
    [{ type: 'disabled' }, undefined, { isEnabled: false }],
    [{ type: 'between_tools' }, undefined, { isEnabled: true }],
    [null, 'xhigh', { isEnabled: true, effort: 'xhigh' }],
    [undefined, null, undefined],
    [{ type: 'new' }, undefined, undefined],
  ])('asks for reasoning: %j, %s', (thinking, effort, reasoning) => {
    const prompt = promptOf({ thinking, output_config: { effort } });
    expect(prompt.reasoning).toEqual(reasoning);
    expect(prompt.dropped).toEqual(thinking?.type === 'new' ? ['thinking'] : []);
  });

  it.each([
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [5] }] }, 'messages[0].content[0]'],
    [{ messages: [{ role: 'user', content: [{}] }] }, 'messages[0].content[0].type'],
    [{ messages: [{ role: 'user', content: [{ type: 'new' }] }] }, 'messages[0].content[0].type'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] },
      'messages[0].content[0].source.type',
    ],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_use' }] }] }, 'messages[0].content[0].type'],
    [{ messages: [{ role: 'system', content: [{ type: 'image' }] }] }, 'messages[0].content[0].type'],
    [{ messages: [{ role: 'user', content: '' }] }, 'messages'],
    [{ system: 5 }, 'system'],
    [{ system: [{ type: 'image' }] }, 'system[0].type'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ name: 'a' }] }, 'tools[0].input_schema'],
    [{ tool_choice: 'auto' }, 'tool_choice'],
    [{ temperature: '1' }, 'temperature'],
    [{ stop_sequences: 'x' }, 'stop_sequences'],
    [{ stop_sequences: [null] }, 'stop_sequences[0]'],
    [{ thinking: 'on' }, 'thinking'],
    [{ thinking: { type: 'enabled', budget_tokens: 'x' } }, 'thinking.budget_tokens'],
    [{ output_config: { format: { type: 'xml' } } }, 'output_config.format.type'],
    [{ output_format: { type: 'json_schema' } }, 'output_format.schema'],
    [{ metadata: { user_id: 5 } }, 'metadata.user_id'],
  ])('names the field at fault: %j', (fields, param) => {
    expect(() => promptOf(fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
