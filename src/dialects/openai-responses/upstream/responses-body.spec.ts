import { type Prompt } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { promptOf } from '../request/prompt-of.js';
import { responsesBody } from './responses-body.js';

const BARE: Prompt = {
  system: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
  tools: [],
  sampling: { choiceCount: 1 },
  output: { kind: 'text' },
  dropped: [],
};

function bodyOf(fields: Partial<Prompt>, isStream = false): JsonObject {
  return responsesBody({ ...BARE, ...fields }, { model: 'up', isStream }).body;
}

describe('a prompt as a request for a response', () => {
  it('has the instructions as its input if there are no turns', () => {
    const body = bodyOf({ system: [{ kind: 'text', text: 'Be brief.' }], turns: [] });
    expect(body['instructions']).toBeUndefined();
    expect(body['input']).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Be brief.' }] },
    ]);
  });

  it('asks for nothing to be kept', () => {
    const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }];
    expect(bodyOf({})).toEqual({ model: 'up', input, store: false });
    expect(bodyOf({}, true)).toEqual({ model: 'up', input, stream: true, store: false });
  });

  it('has turns as items, without ids', () => {
    const own = { dialect: 'openai-responses', value: 'sealed' };
    const { input, include } = bodyOf({
      turns: [
        {
          role: 'user',
          parts: [
            { kind: 'text', text: 'see' },
            { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AA' } },
            { kind: 'file', source: { kind: 'data', mediaType: 'application/pdf', data: 'BB' } },
            { kind: 'file', source: { kind: 'url', url: 'https://f' }, name: 'f.pdf' },
          ],
        },
        {
          role: 'assistant',
          parts: [
            { kind: 'reasoning', text: 'foreign', seal: { dialect: 'anthropic-messages', value: 'x' } },
            { kind: 'reasoning', text: 'own', seal: own },
            { kind: 'text', text: 'So.' },
            { kind: 'tool-call', id: 'a', name: 'look', arguments: '' },
            { kind: 'tool-call', id: 'b'.repeat(90), name: 'patch', arguments: 'free', isCustom: true },
          ],
        },
        {
          role: 'user',
          parts: [
            {
              kind: 'tool-result',
              id: 'a',
              parts: [
                { kind: 'text', text: 'one' },
                { kind: 'text', text: 'two' },
              ],
            },
            { kind: 'tool-result', id: 'b'.repeat(90), parts: [] },
          ],
        },
        { role: 'system', parts: [{ kind: 'text', text: 'Mind.' }] },
      ],
    });
    const items = input as JsonObject[];
    expect(items.map(({ type }) => type)).toEqual([
      'message',
      'reasoning',
      'message',
      'function_call',
      'custom_tool_call',
      'function_call_output',
      'custom_tool_call_output',
      'message',
    ]);
    expect(items.every((item) => item['id'] === undefined)).toBe(true);
    expect(items[0]!['content']).toEqual([
      { type: 'input_text', text: 'see' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'auto' },
      { type: 'input_file', filename: 'file.pdf', file_data: 'data:application/pdf;base64,BB' },
      { type: 'input_file', file_url: 'https://f' },
    ]);
    expect(items[1]).toEqual({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'own' }],
      encrypted_content: 'sealed',
    });
    expect(items[3]).toMatchObject({ call_id: 'a', arguments: '{}' });
    expect(items[5]!['output']).toEqual([
      { type: 'input_text', text: 'one' },
      { type: 'input_text', text: 'two' },
    ]);
    expect(items[6]).toEqual({ type: 'custom_tool_call_output', call_id: items[4]!['call_id'], output: '' });
    expect(String(items[4]!['call_id'])).toHaveLength(64);
    expect(items[7]!['role']).toBe('developer');
    expect(include).toEqual(['reasoning.encrypted_content']);
  });

  it('has tools, flat and never strict by default', () => {
    const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } };
    const body = bodyOf({
      tools: [
        { name: 'f', parameters: { type: 'object' } },
        { name: 'p', isCustom: true, format: grammar },
      ],
      toolChoice: { kind: 'tool', name: 'p' },
      parallelToolCalls: false,
    });
    expect(body['tools']).toEqual([
      { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false },
      { type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    ]);
    expect(body['tool_choice']).toEqual({ type: 'custom', name: 'p' });
    expect(body['parallel_tool_calls']).toBe(false);
  });

  it('has the limits, formats and efforts of the format, and reports the fields it cannot hold', () => {
    const schema = { type: 'object' };
    const { body, dropped } = responsesBody(
      {
        ...BARE,
        sampling: {
          choiceCount: 1,
          maxTokens: 1,
          temperature: 0,
          topK: 5,
          stop: ['x'],
          seed: 7,
          frequencyPenalty: 1,
          presencePenalty: 1,
        },
        output: { kind: 'schema', schema, isStrict: true },
        reasoning: { isEnabled: true, budgetTokens: 10_000, isVisible: true },
        user: 'u',
      },
      { model: 'up', isStream: false },
    );
    expect(body).toMatchObject({
      max_output_tokens: 16,
      temperature: 0,
      text: { format: { type: 'json_schema', name: 'response', schema, strict: true } },
      reasoning: { effort: 'medium', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      user: 'u',
    });
    expect(dropped).toEqual(['max_tokens', 'top_k', 'stop', 'seed', 'frequency_penalty', 'presence_penalty']);
    const off = responsesBody({ ...BARE, reasoning: { isEnabled: false } }, { model: 'up', isStream: false });
    expect(off.body).not.toHaveProperty('reasoning');
    expect(off.dropped).toEqual(['reasoning_effort']);
  });

  it('refuses several replies', () => {
    expect(() => bodyOf({ sampling: { choiceCount: 2 } })).toThrow(
      expect.objectContaining({ status: 400, param: 'n' }) as Error,
    );
  });

  it('is read back as the prompt that it was', () => {
    const prompt: Prompt = {
      system: [{ kind: 'text', text: 'Be brief.' }],
      turns: [
        { role: 'user', parts: [{ kind: 'text', text: 'hi' }] },
        {
          role: 'assistant',
          parts: [
            { kind: 'reasoning', text: 'hm', seal: { dialect: 'openai-responses', value: 'x' } },
            { kind: 'text', text: 'ok' },
            { kind: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
            { kind: 'tool-call', id: 'b', name: 'p', arguments: 'free', isCustom: true },
          ],
        },
        {
          role: 'user',
          parts: [
            { kind: 'tool-result', id: 'a', parts: [{ kind: 'text', text: 'one' }] },
            { kind: 'tool-result', id: 'b', parts: [{ kind: 'text', text: 'two' }] },
          ],
        },
      ],
      tools: [
        { name: 'f', description: 'F', parameters: { type: 'object' }, isStrict: true },
        { name: 'p', isCustom: true },
      ],
      toolChoice: { kind: 'required' },
      parallelToolCalls: false,
      sampling: { choiceCount: 1, maxTokens: 100, temperature: 0.5, topP: 0.9 },
      output: { kind: 'schema', name: 'x', description: 'X', schema: {}, isStrict: false },
      reasoning: { isEnabled: true, effort: 'low', isVisible: true },
      user: 'u',
      dropped: [],
    };
    expect(promptOf(bodyOf(prompt))).toEqual(prompt);
  });
});
