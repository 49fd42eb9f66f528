import { type Part, type Prompt } from '../../../conversation/prompt.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages.js';
import { redactedSeal } from '../thinking.js';
import {
  PROMPT,
  FORMER,
  NEW,
  write,
  user,
  assistant,
  text,
  messagesOf,
} from '../../../../test/fixtures/dialects/write-message.js';

describe('a prompt as a request for a message', () => {
  it('has a limit of new tokens: the client’s, else the configured one, else its own', () => {
    expect(write({}).body).toEqual({
      model: FORMER,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      max_tokens: 4096,
    });
    expect(write({}).bodyOf(77)).toMatchObject({ max_tokens: 77 });
    expect(write({ sampling: { choiceCount: 1, maxTokens: 5 } }).bodyOf(77)).toMatchObject({ max_tokens: 5 });
  });

  it('uses the given name of the model, and asks for a stream', () => {
    const { request } = ANTHROPIC_MESSAGES.request(PROMPT, { model: 'a', isStream: true });
    expect(request).toMatchObject({ isStream: true, dialect: ANTHROPIC_MESSAGES });
    expect(JSON.parse(request.bodyFor('b').toString())).toMatchObject({ model: 'b', stream: true });
  });

  it('has all results of tools in one message, before all else', () => {
    const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'get', arguments: '{"a":1}' });
    expect(
      messagesOf(
        user(text('go')),
        assistant(text('well'), call('t1')),
        assistant(call('t2')),
        user({ kind: 'tool-result', id: 't1', parts: [text('1')] as never, isError: true }),
        user(text('now')),
        user({ kind: 'tool-result', id: 't2', parts: [] }),
      ),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'well' },
          { type: 'tool_use', id: 't1', name: 'get', input: { a: 1 } },
          { type: 'tool_use', id: 't2', name: 'get', input: { a: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: '1' }], is_error: true },
          { type: 'tool_result', tool_use_id: 't2' },
          { type: 'text', text: 'now' },
        ],
      },
    ]);
  });

  it('has no empty texts and no empty messages, and no white space at its end', () => {
    expect(
      messagesOf(user(text('a')), assistant(text(' ')), user(text(''), text('b')), assistant(text('so \n'))),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'so' }] },
    ]);
  });

  it('has instructions as system, and those within the conversation as text of the user', () => {
    const system = [{ kind: 'text', text: 'S', cache: { type: 'ephemeral' } }] as const;
    const { body } = write({ system, turns: [user(text('a')), { role: 'system', parts: [text('b')] }] });
    expect(body['system']).toEqual([{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }]);
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: '<system>\nb\n</system>' },
        ],
      },
    ]);
    expect(write({ system, turns: [] }).body).not.toHaveProperty('system');
  });

  it.each([
    ['', {}],
    [' ', {}],
    ['{"a":12345678901234567000}', { a: Number('12345678901234567000') }],
    ['{"a":', { _raw: '{"a":' }],
    ['[1]', { _raw: '[1]' }],
    ['null', { _raw: 'null' }],
  ])('makes an object of the arguments %j', (said, input) => {
    const messages = messagesOf(
      user(text('a')),
      assistant({ kind: 'tool-call', id: 't', name: 'n', arguments: said }),
    );
    expect(messages).toMatchObject([{}, { content: [{ input }] }]);
  });

  it('gives calls ids that the service takes, and their results the same', () => {
    const messages = messagesOf(
      user(text('a')),
      assistant(
        { kind: 'tool-call', id: 'functions.get:0', name: 'n', arguments: '{}' },
        { kind: 'tool-call', id: 'functions:get.0', name: 'n', arguments: '{}' },
      ),
      user({ kind: 'tool-result', id: 'functions.get:0', parts: [] }),
    ) as { content: { id?: string; tool_use_id?: string }[] }[];
    const [first, second] = messages[1]!.content;
    expect(first!.id).toMatch(/^functions_get_0_[\da-f]{12}$/);
    expect(second!.id).not.toBe(first!.id);
    expect(messages[2]!.content[0]!.tool_use_id).toBe(first!.id);
  });

  it('sends only signatures of its own format to the service', () => {
    expect(
      messagesOf(
        user(text('a')),
        assistant(
          { kind: 'reasoning', text: 'hm', seal: { dialect: 'anthropic-messages', value: 'sig' } },
          { kind: 'reasoning', text: '', seal: { dialect: 'anthropic-messages', value: 'empty' } },
          { kind: 'reasoning', text: '', seal: redactedSeal('data') },
          { kind: 'reasoning', text: 'other', seal: { dialect: 'openai-responses', value: 'x' } },
          { kind: 'reasoning', text: 'bare' },
          text('b'),
        ),
      ),
    ).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'hm', signature: 'sig' },
          { type: 'thinking', thinking: '', signature: 'empty' },
          { type: 'redacted_thinking', data: 'data' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  it('has images and documents, and refuses what it has no place for', () => {
    expect(
      messagesOf(
        user(
          { kind: 'image', source: { kind: 'data', mediaType: 'image/png', data: 'AA' } },
          { kind: 'image', source: { kind: 'url', url: 'https://x' } },
          { kind: 'file', name: 'a.pdf', source: { kind: 'data', mediaType: 'application/pdf', data: 'AA' } },
          {
            kind: 'file',
            source: { kind: 'data', mediaType: 'text/csv', data: Buffer.from('a,ü').toString('base64') },
          },
        ),
      ),
    ).toMatchObject([
      {
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
          { type: 'image', source: { type: 'url', url: 'https://x' } },
          { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,ü' } },
        ],
      },
    ]);
    for (const part of [
      { kind: 'audio', data: '', format: 'wav' },
      { kind: 'image', source: { kind: 'id', id: 'f' } },
      { kind: 'file', source: { kind: 'data', mediaType: 'application/zip', data: '' } },
    ] as const)
      expect(() => write({ turns: [user(part)] })).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => write({ sampling: { choiceCount: 2 } })).toThrow(expect.objectContaining({ param: 'n' }));
  });

  it('has tools, custom ones with one field, and the choice among them', () => {
    const tools = [
      { name: 'a', description: 'A', parameters: { properties: { x: {} } }, isStrict: true },
      { name: 'b' },
      { name: 'c', isCustom: true, format: { type: 'grammar' } },
    ];
    const choice = (prompt: Partial<Prompt>) => write({ tools, ...prompt }).body['tool_choice'];
    expect(write({ tools }).body['tools']).toEqual([
      { name: 'a', description: 'A', input_schema: { type: 'object', properties: { x: {} } }, strict: true },
      { name: 'b', input_schema: { type: 'object', properties: {} } },
      {
        name: 'c',
        description: 'The input must be of this format: {"type":"grammar"}',
        input_schema: {
          type: 'object',
          properties: { input: { type: 'string', description: 'The whole input of the tool.' } },
          required: ['input'],
        },
      },
    ]);
    expect(choice({})).toBeUndefined();
    expect(choice({ toolChoice: { kind: 'required' } })).toEqual({ type: 'any' });
    expect(choice({ toolChoice: { kind: 'tool', name: 'a' } })).toEqual({ type: 'tool', name: 'a' });
    expect(choice({ toolChoice: { kind: 'none' }, parallelToolCalls: false })).toEqual({ type: 'none' });
    expect(choice({ parallelToolCalls: false })).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(choice({ parallelToolCalls: true })).toBeUndefined();
    expect(write({ toolChoice: { kind: 'required' } }).body).not.toHaveProperty('tool_choice');
  });

  it('names what it has no place for', () => {
    const sampling = {
      choiceCount: 1,
      temperature: 1.7,
      topP: 0.5,
      topK: 4,
      stop: ['x', ' \n'],
      seed: 7n,
      frequencyPenalty: 1,
      presencePenalty: 0,
    };
    const former = write({ sampling });
    expect(former.body).toMatchObject({ temperature: 1, top_k: 4, stop_sequences: ['x'] });
    expect(former.dropped).toEqual([
      'temperature',
      'top_p',
      'seed',
      'frequency_penalty',
      'presence_penalty',
      'stop',
    ]);
    expect(write({ sampling: { choiceCount: 1, temperature: 1 } }).dropped).toEqual([]);
    expect(write({ sampling }, 'deepseek-chat').body).toMatchObject({ temperature: 1, top_p: 0.5, top_k: 4 });
    const recent = write({ sampling: { choiceCount: 1, temperature: 0, topP: 1, topK: 1 } }, NEW);
    expect(recent.body).not.toHaveProperty('temperature');
    expect(recent.dropped).toEqual(['temperature', 'top_p', 'top_k']);
  });

  it('asks for JSON by a schema, or by an instruction', () => {
    const schema = { type: 'object' };
    expect(write({ output: { kind: 'schema', name: 'x', schema } }).body['output_config']).toEqual({
      format: { type: 'json_schema', schema },
    });
    expect(JSON.stringify(write({ output: { kind: 'json' } }).body['system'])).toContain('JSON object only');
  });
});
