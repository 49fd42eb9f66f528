import { type Part, type Prompt, type Turn } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages.js';
import { redactedSeal } from '../thinking.js';
import { isAdaptive, refusesSampling } from './model-generation.js';

const PROMPT: Prompt = {
  system: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
  tools: [],
  sampling: { choiceCount: 1 },
  output: { kind: 'text' },
  dropped: [],
};
const FORMER = 'claude-sonnet-4-5-20250929';
const NEW = 'claude-opus-5';

function write(prompt: Partial<Prompt>, model = FORMER, isStream = false) {
  const { request, dropped } = ANTHROPIC_MESSAGES.request({ ...PROMPT, ...prompt }, { model, isStream });
  const bodyOf = (limit?: number) =>
    JSON.parse(
      request.bodyFor(model, limit === undefined ? undefined : { field: 'x', value: limit }).toString(),
    ) as JsonObject;
  return { body: bodyOf(), dropped, bodyOf };
}

const user = (...parts: Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const text = (words: string): Part => ({ kind: 'text', text: words });
const messagesOf = (...turns: Turn[]) => write({ turns }).body['messages'];

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

  it('has instructions as system, those within the conversation as words of the user', () => {
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

  it('sends up its own seals only', () => {
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

  it('says what it has no place for', () => {
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

  it('asks for JSON, by a schema or in words', () => {
    const schema = { type: 'object' };
    expect(write({ output: { kind: 'schema', name: 'x', schema } }).body['output_config']).toEqual({
      format: { type: 'json_schema', schema },
    });
    expect(JSON.stringify(write({ output: { kind: 'json' } }).body['system'])).toContain('JSON object only');
  });

  it('wishes for thoughts in the words that the model takes', () => {
    const wish = (reasoning: Prompt['reasoning'], model?: string) => write({ reasoning }, model).body;
    expect(wish({ isEnabled: true, effort: 'low', isVisible: true })).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 1024, display: 'summarized' },
      max_tokens: 4096,
    });
    expect(wish({ isEnabled: true, effort: 'medium' })).toMatchObject({
      thinking: { budget_tokens: 8192 },
      max_tokens: 4096 + 8192,
    });
    expect(wish({ isEnabled: true, budgetTokens: 5 })).toMatchObject({ thinking: { budget_tokens: 1024 } });
    expect(wish({ isEnabled: false })).not.toHaveProperty('thinking');
    expect(wish({ isEnabled: true, effort: 'minimal' }, NEW)).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      max_tokens: 4096,
    });
    expect(wish({ isEnabled: true, budgetTokens: 20_000 }, NEW)).toMatchObject({
      output_config: { effort: 'high' },
    });
    expect(wish({ isEnabled: false }, NEW)).toMatchObject({ thinking: { type: 'disabled' } });
  });

  it.each([
    [50, undefined, 50],
    [2047, undefined, 2047],
    [2048, 1024, 2048],
    [5000, 2500, 5000],
    [20_000, 16_384, 20_000],
  ])('thinks within the limit %s of the client: %s tokens', (maxTokens, budget, max_tokens) => {
    const { body, dropped } = write({
      reasoning: { isEnabled: true, effort: 'high' },
      sampling: { choiceCount: 1, maxTokens },
    });
    expect(body).toMatchObject({ max_tokens });
    expect((body['thinking'] as { budget_tokens: number } | undefined)?.budget_tokens).toBe(budget);
    expect(dropped).toEqual(budget === undefined ? ['reasoning_effort'] : []);
  });

  it('does not make a model that thinks call a tool, nor choose among tokens', () => {
    const { body, dropped } = write({
      reasoning: { isEnabled: true, effort: 'low' },
      tools: [{ name: 'a' }],
      toolChoice: { kind: 'required' },
      sampling: { choiceCount: 1, temperature: 0 },
    });
    expect(body).toMatchObject({ tool_choice: { type: 'auto' } });
    expect(body).not.toHaveProperty('temperature');
    expect(dropped).toEqual(['tool_choice', 'temperature']);
    const recent = {
      reasoning: { isEnabled: true },
      tools: [{ name: 'a' }],
      toolChoice: { kind: 'required' },
    } as const;
    expect(write(recent, NEW).body).toMatchObject({ tool_choice: { type: 'any' } });
  });

  it('does not let a model think that is in the middle of a turn whose thoughts are lost', () => {
    const reasoning = { isEnabled: true, effort: 'low' };
    const call: Part = { kind: 'tool-call', id: 't', name: 'n', arguments: '{}' };
    const result: Part = { kind: 'tool-result', id: 't', parts: [] };
    const seal = { dialect: 'anthropic-messages', value: 's' };
    const lost = write({
      reasoning,
      turns: [user(text('a')), assistant(call), user(result), user(text('b'))],
    });
    expect(lost.body).not.toHaveProperty('thinking');
    expect(lost.dropped).toEqual(['reasoning_effort']);
    const kept = [
      user(text('a')),
      assistant({ kind: 'reasoning', text: 'h', seal }),
      assistant(call),
      user(result),
    ];
    expect(write({ reasoning, turns: kept }).body).toHaveProperty('thinking');
    const next = [user(text('a')), assistant(call), user(result), assistant(text('b')), user(text('c'))];
    expect(write({ reasoning, turns: next }).body).toHaveProperty('thinking');
  });

  it.each([
    ['claude-3-5-sonnet-latest', false, false],
    ['claude-3-7-sonnet-20250219', false, false],
    ['anthropic.claude-v2:1', false, false],
    ['claude-sonnet-4', false, false],
    ['claude-sonnet-4-20250514', false, false],
    ['claude-opus-4@20250514', false, false],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', false, false],
    ['anthropic/claude-haiku-4.5', false, false],
    ['claude-opus-4-6', true, false],
    ['claude-opus-4-7', true, true],
    ['claude-opus-4-10', true, true],
    ['claude-sonnet-5', true, true],
    ['claude-mythos-1', true, true],
    ['deepseek-chat', false, false],
  ])('knows what %s takes', (model, adaptive, refuses) => {
    expect([isAdaptive(model), refusesSampling(model)]).toEqual([adaptive, refuses]);
  });
});
