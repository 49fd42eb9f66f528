import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type Part, type Prompt, type Turn } from '../../../conversation/prompt.js';
import { stringifyJson } from '../../../protocol/json.js';
import { chatBody } from './chat-body.js';

const EMPTY: Prompt = {
  system: [],
  turns: [],
  tools: [],
  sampling: { choiceCount: 1 },
  output: { kind: 'text' },
  dropped: [],
};
const write = (prompt: Partial<Prompt>, isStream = false) =>
  chatBody({ ...EMPTY, ...prompt }, { model: 'm', isStream });
const messages = (...turns: Turn[]) => write({ turns }).body['messages'];
const user = (...parts: Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const text = (words: string): { kind: 'text'; text: string } => ({ kind: 'text', text: words });
const IMAGE = { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AAAA' } } as const;
const IMAGE_PART = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const own = (value: unknown) => ({ dialect: 'openai-chat', value });

describe('chatBody', () => {
  it('writes no more than was asked for', () => {
    expect(
      write({ turns: [user(text('hi'))], toolChoice: { kind: 'auto' }, parallelToolCalls: true }),
    ).toEqual({
      body: { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      dropped: [],
    });
  });

  it('asks for the usage of streams', () => {
    expect(write({}, true).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it('joins the instructions, and leaves later ones in place', () => {
    const turns: Turn[] = [user(text('hi')), { role: 'system', parts: [text('Now'), text('this')] }];
    expect(write({ system: [text('One.'), text('Two.')], turns }).body['messages']).toEqual([
      { role: 'system', content: 'One.\n\nTwo.' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Now\n\nthis' },
    ]);
  });

  it('puts results of tools before all else, and their images behind the last of them', () => {
    const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'see', arguments: '' });
    expect(
      messages(
        assistant(text('Look')),
        assistant(call('a'), call('b'), call('c')),
        user(text('and?'), { kind: 'tool-result', id: 'a', parts: [IMAGE] }),
        user({ kind: 'tool-result', id: 'b', parts: [text('not'), text('there')], isError: true }),
        user({ kind: 'tool-result', id: 'c', parts: [] }),
      ),
    ).toEqual([
      {
        role: 'assistant',
        content: 'Look',
        tool_calls: ['a', 'b', 'c'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'see', arguments: '{}' },
        })),
      },
      { role: 'tool', tool_call_id: 'a', content: '(The result is in the next message.)' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: not\n\nthere' },
      { role: 'tool', tool_call_id: 'c', content: '' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'The result of tool call a:' },
          IMAGE_PART,
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  it('shows images, audio and documents to the model', () => {
    const pdf = { kind: 'data', mediaType: 'application/pdf', data: 'AAAA' } as const;
    expect(
      messages(
        user(
          { ...IMAGE, detail: 'low' },
          { kind: 'audio', data: 'AAAA', format: 'mp3' },
          { kind: 'file', source: pdf, name: 'a.pdf' },
          { kind: 'file', source: { kind: 'data', mediaType: 'text/plain', data: 'aGk=' } },
          { kind: 'file', source: { kind: 'id', id: 'file-1' } },
          { kind: 'file', source: { kind: 'url', url: 'https://example.com/a.pdf' } },
        ),
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
          { type: 'text', text: 'hi' },
          { type: 'file', file: { file_id: 'file-1' } },
          { type: 'file', file: { filename: 'document.pdf', file_data: 'https://example.com/a.pdf' } },
        ],
      },
    ]);
    const image: Part = { kind: 'image', source: { kind: 'id', id: 'file-1' } };
    expect(() => messages(user(image))).toThrow(InvalidRequestError);
  });

  it('gives services of the format their reasoning back, and no other reasoning', () => {
    const foreign = { dialect: 'anthropic-messages', value: 's' };
    expect(
      messages(
        user(text('a')),
        assistant({ kind: 'reasoning', text: 'Hm', seal: own(null) }, text('Yes')),
        user(text('b')),
        assistant(
          { kind: 'reasoning', text: 'Theirs', seal: foreign },
          { kind: 'reasoning', text: 'Whose?' },
        ),
        user(text('c')),
        assistant(
          { kind: 'reasoning', text: 'Ah', seal: own('sig') },
          { kind: 'tool-call', id: 'a', name: 'f', arguments: '{}', seal: own('call') },
          { kind: 'tool-call', id: 'b', name: 'f', arguments: '{}', seal: foreign },
        ),
      ),
    ).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'Yes', reasoning_content: 'Hm' },
      { role: 'user', content: 'b' },
      { role: 'user', content: 'c' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Ah',
        reasoning_details: [{ type: 'reasoning.text', text: 'Ah', signature: 'sig' }],
        tool_calls: [
          {
            id: 'a',
            type: 'function',
            function: { name: 'f', arguments: '{}' },
            extra_content: { google: { thought_signature: 'call' } },
          },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
    ]);
  });

  it('writes custom tools as functions with one text', () => {
    const format = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } };
    const { body, dropped } = write({
      tools: [{ name: 'patch', description: 'Patches', isCustom: true, format }],
      toolChoice: { kind: 'tool', name: 'patch' },
      turns: [assistant({ kind: 'tool-call', id: 'a', name: 'patch', arguments: 'x', isCustom: true })],
    });
    expect(body['tools']).toEqual([
      {
        type: 'function',
        function: {
          name: 'patch',
          description: `Patches\n\nThe input has this format: ${stringifyJson(format)}`,
          parameters: {
            type: 'object',
            properties: { input: { type: 'string' } },
            required: ['input'],
            additionalProperties: false,
          },
        },
      },
    ]);
    expect(body['tool_choice']).toEqual({ type: 'function', function: { name: 'patch' } });
    expect(stringifyJson(body['messages'])).toContain(stringifyJson('{"input":"x"}'));
    expect(dropped).toEqual(['tools.format']);
  });

  it('shortens ids that services refuse, of calls and results alike', () => {
    const id = `toolu_${'a'.repeat(60)}`;
    const [call, result] = messages(
      assistant({ kind: 'tool-call', id, name: 'f', arguments: '{}' }),
      user({ kind: 'tool-result', id, parts: [] }),
    ) as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
    expect(call.tool_calls[0]!.id).toMatch(/^call_.{35}$/);
    expect(result.tool_call_id).toBe(call.tool_calls[0]!.id);
    const { user: owner } = write({ user: 'u'.repeat(65) }).body;
    expect(owner).toMatch(/^[0-9a-f]{64}$/);
  });

  it('writes how the reply is to be, and names what has no place', () => {
    const { body, dropped } = write({
      sampling: {
        maxTokens: 5,
        temperature: 0.5,
        topP: 0.4,
        topK: 3,
        stop: ['a', 'b', 'c', 'd', 'e'],
        seed: 2n ** 60n,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
        choiceCount: 2,
      },
      output: { kind: 'schema', schema: { type: 'object' }, isStrict: true },
      reasoning: { isEnabled: true, effort: 'max' },
      user: 'u',
      tools: [{ name: 'f', parameters: { type: 'object' }, isStrict: true, cache: { type: 'ephemeral' } }],
      toolChoice: { kind: 'required' },
      parallelToolCalls: false,
    });
    expect(body).toEqual({
      model: 'm',
      messages: [],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      max_tokens: 5,
      temperature: 0.5,
      top_p: 0.4,
      stop: ['a', 'b', 'c', 'd'],
      seed: 2n ** 60n,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      n: 2,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'response', schema: { type: 'object' }, strict: true },
      },
      reasoning_effort: 'xhigh',
      user: 'u',
    });
    expect(dropped).toEqual(['top_k', 'stop', 'cache_control']);
    const other = chatBody(
      { ...EMPTY, sampling: { maxTokens: 5, choiceCount: 1 }, output: { kind: 'json' } },
      { model: 'm', isStream: false, tokenLimitField: 'max_completion_tokens' },
    );
    expect(other.body).toMatchObject({ max_completion_tokens: 5, response_format: { type: 'json_object' } });
  });

  it.each([
    [{ isEnabled: true, budgetTokens: 1024 }, 'low'],
    [{ isEnabled: true, budgetTokens: 8192 }, 'medium'],
    [{ isEnabled: true, budgetTokens: 31_999 }, 'high'],
    [{ isEnabled: true, effort: 'minimal', budgetTokens: 31_999 }, 'minimal'],
    [{ isEnabled: false }, undefined],
    [{ isEnabled: true }, undefined],
  ])('writes the wish %j as the effort %s', (reasoning, effort) => {
    const { body, dropped } = write({ reasoning });
    expect(body['reasoning_effort']).toBe(effort);
    expect(dropped).toEqual(effort === undefined ? ['reasoning_effort'] : []);
  });
});
