import { type Prompt } from '../../conversation/prompt.js';
import { type JsonObject } from '../../protocol/json.js';
import { FIELDS } from './fields.js';
import { OPENAI_RESPONSES } from './openai-responses.js';

/** A value of each field that says something. */
const SAID: Readonly<Record<string, unknown>> = {
  model: 'm',
  input: [{ role: 'user', content: 'hi' }],
  instructions: 'Be brief.',
  stream: true,
  stream_options: { include_obfuscation: false },
  max_output_tokens: 9,
  temperature: 0.5,
  top_p: 0.4,
  tools: [{ type: 'function', name: 'f', parameters: {} }],
  tool_choice: 'required',
  parallel_tool_calls: false,
  text: { format: { type: 'json_object' } },
  reasoning: { effort: 'low' },
  include: ['reasoning.encrypted_content'],
  user: 'u1',
  safety_identifier: 's1',
  metadata: { a: 'b' },
  store: true,
  max_tool_calls: 3,
  top_logprobs: 2,
  truncation: 'auto',
  service_tier: 'flex',
  prompt_cache_key: 'k',
  prompt_cache_options: { mode: 'explicit' },
  prompt_cache_retention: '24h',
  context_management: [{ type: 'compaction' }],
  access_programs: { cyber: 'standard' },
  image: { context_compression: 'auto' },
  background_options: { completion_window: '2h' },
  client_metadata: { a: 'b' },
  moderation: { model: 'omni' },
  previous_response_id: 'resp_1',
  conversation: 'conv_1',
  background: true,
  prompt: { id: 'pmpt_1' },
};
/** What the prompt says of fields that have a place in it; the others show in the response, or change nothing. */
const PLACES: Readonly<Record<string, (prompt: Prompt) => unknown>> = {
  input: ({ turns }) => turns[0]!.parts,
  instructions: ({ system }) => system[0]?.text,
  max_output_tokens: ({ sampling }) => sampling.maxTokens,
  temperature: ({ sampling }) => sampling.temperature,
  top_p: ({ sampling }) => sampling.topP,
  tools: ({ tools }) => tools[0]?.name,
  tool_choice: ({ toolChoice }) => toolChoice?.kind,
  parallel_tool_calls: ({ parallelToolCalls }) => parallelToolCalls,
  text: ({ output }) => output.kind,
  reasoning: ({ reasoning }) => reasoning?.effort,
  user: ({ user }) => user,
  safety_identifier: ({ user }) => user,
};
/** They show elsewhere: in the call, or in the response. */
const ELSEWHERE: readonly string[] = ['model', 'stream', 'stream_options', 'include', 'metadata', 'store'];
const SHOWN: Readonly<Record<string, unknown>> = {
  user: 'u1',
  safety_identifier: 's1',
  tools: 'f',
  tool_choice: 'required',
  parallel_tool_calls: false,
  text: 'json',
  reasoning: 'low',
  input: [{ kind: 'text', text: 'hi' }],
};

function requestOf(field: string) {
  const needed = field.includes('tool') ? { tools: SAID['tools'] } : {};
  const body: JsonObject = { model: 'm', input: SAID['input'], ...needed, [field]: SAID[field] };
  return OPENAI_RESPONSES.parse(Buffer.from(JSON.stringify(body)), { depth: 50, values: 1000 });
}

describe('the table of fields', () => {
  it('names each field once, and the test knows all of them', () => {
    const names = FIELDS.map(({ field }) => field);
    expect(new Set(names).size).toBe(names.length);
    expect(names.toSorted()).toEqual(Object.keys(SAID).toSorted());
  });

  it.each(FIELDS)('$field is $fate', ({ field, fate }) => {
    const request = requestOf(field);
    if (fate === 'refused') {
      expect(() => request.prompt()).toThrow(expect.objectContaining({ status: 400, param: field }) as Error);
      return;
    }
    const prompt = request.prompt();
    expect(prompt.dropped).toEqual(fate === 'dropped' ? [field] : []);
    const place = PLACES[field];
    expect(place !== undefined || ELSEWHERE.includes(field)).toBe(fate === 'carried');
    if (place !== undefined) expect(place(prompt)).toEqual(SHOWN[field] ?? SAID[field]);
  });

  it('names unknown fields, and passes over those that are null', () => {
    const body = {
      model: 'm',
      input: 'hi',
      new_field: 1,
      other: null,
      previous_response_id: null,
      prompt: null,
    };
    const request = OPENAI_RESPONSES.parse(Buffer.from(JSON.stringify(body)), { depth: 50, values: 1000 });
    expect(request.prompt().dropped).toEqual(['new_field']);
  });
});
