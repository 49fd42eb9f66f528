import { saidTexts } from './said-texts.js';

describe('saidTexts', () => {
  it.each([
    [
      'a completion',
      {
        choices: [
          {
            message: {
              role: 'assistant',
              content: 'a',
              reasoning: 'b',
              reasoning_content: 'b',
              reasoning_details: [{ type: 'reasoning.text', text: 'b' }],
              tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{"c":1}' } }],
              refusal: null,
            },
            finish_reason: 'stop',
          },
        ],
      },
      ['a', 'b', 'f', '{"c":1}'],
    ],
    ['a completion of a text', { choices: [{ text: 'a' }, { text: 'b' }] }, ['a', 'b']],
    [
      'a message',
      {
        content: [
          { type: 'thinking', thinking: 'a', signature: 'not said' },
          { type: 'text', text: 'b', citations: null },
          { type: 'tool_use', id: 'x', name: 'f', input: { c: 1 } },
        ],
      },
      ['a', 'b', 'f', '{"c":1}'],
    ],
    [
      'a response',
      {
        output: [
          {
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: 'a' }],
            encrypted_content: 'not said',
          },
          { type: 'message', content: [{ type: 'output_text', text: 'b' }] },
          { type: 'function_call', name: 'f', arguments: '{"c":1}', call_id: 'x' },
        ],
      },
      ['b', 'a', 'f', '{"c":1}'],
    ],
    ['nothing', { choices: null, content: 3 }, []],
  ])('finds the texts of %s', (_what, document, texts) => {
    expect(new Set(saidTexts(document))).toEqual(new Set(texts));
    expect(saidTexts(document)).toHaveLength(texts.length);
  });
});
