import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type JsonObject } from '../../protocol/json.js';
import { DroppedNames } from '../../routing/deployment/dropped-names.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages.js';
import { FIELDS } from './fields.js';

const LEAST = { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] };
const TOOL = { name: 'get', input_schema: { type: 'object' } };

/** For each field a value, within a request that makes it mean something; and what the prompt then holds. */
const EXAMPLES: Readonly<Record<string, readonly [request: JsonObject, holds?: JsonObject]>> = {
  model: [{ model: 'm[1m]' }, {}],
  messages: [{}, { turns: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }] }],
  max_tokens: [{}, { sampling: { maxTokens: 5, choiceCount: 1 } }],
  system: [{ system: 'Be brief.' }, { system: [{ kind: 'text', text: 'Be brief.' }] }],
  stream: [{ stream: true }, {}],
  tools: [{ tools: [TOOL] }, { tools: [{ name: 'get', parameters: { type: 'object' } }] }],
  tool_choice: [
    { tools: [TOOL], tool_choice: { type: 'any', disable_parallel_tool_use: true } },
    { toolChoice: { kind: 'required' }, parallelToolCalls: false },
  ],
  stop_sequences: [{ stop_sequences: ['x'] }, { sampling: { maxTokens: 5, choiceCount: 1, stop: ['x'] } }],
  temperature: [{ temperature: 0 }, { sampling: { maxTokens: 5, choiceCount: 1, temperature: 0 } }],
  top_p: [{ top_p: 0.5 }, { sampling: { maxTokens: 5, choiceCount: 1, topP: 0.5 } }],
  top_k: [{ top_k: 3 }, { sampling: { maxTokens: 5, choiceCount: 1, topK: 3 } }],
  thinking: [
    { thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' } },
    { reasoning: { isEnabled: true, budgetTokens: 2000, isVisible: false } },
  ],
  'output_config.effort': [
    { output_config: { effort: 'max' } },
    { reasoning: { isEnabled: true, effort: 'max' } },
  ],
  'output_config.format': [
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    { output: { kind: 'schema', schema: { type: 'object' } } },
  ],
  output_format: [
    { output_format: { type: 'json_schema', schema: { type: 'object' } } },
    { output: { kind: 'schema', schema: { type: 'object' } } },
  ],
  'metadata.user_id': [{ metadata: { user_id: 'u1' } }, { user: 'u1' }],
  input_examples: [{ tools: [{ ...TOOL, input_examples: [{}] }] }],
  citations: [
    {
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              source: { type: 'text', media_type: 'text/plain', data: 'x' },
              citations: { enabled: true },
            },
          ],
        },
      ],
    },
  ],
};

/** Where the table has no example of its own, the field may hold anything. */
function exampleOf(field: string): readonly [JsonObject, JsonObject?] {
  const path = field.split('.');
  return (
    EXAMPLES[field] ?? [
      path.reduceRight<unknown>((value, name) => ({ [name]: value }), { x: 1 }) as JsonObject,
    ]
  );
}

describe('the table of fields', () => {
  it.each(FIELDS.map((row) => [row.field, row.fate] as const))('%s is %s', (field, fate) => {
    const [request, holds] = exampleOf(field);
    const parsed = ANTHROPIC_MESSAGES.parse(Buffer.from(JSON.stringify({ ...LEAST, ...request })));
    if (fate === 'refused') {
      expect(() => parsed.prompt()).toThrow(InvalidRequestError);
      expect(() => parsed.prompt()).toThrow(`'${field}'`);
      return;
    }
    const prompt = parsed.prompt();
    expect(prompt.dropped).toEqual(fate === 'dropped' ? [field] : []);
    if (fate === 'carried') expect(holds).toBeDefined();
    for (const [name, value] of Object.entries(holds ?? {}))
      expect((prompt as unknown as JsonObject)[name]).toEqual(value);
  });

  it('has every field that the reader knows, once', () => {
    const names = FIELDS.map(({ field }) => field);
    expect(new Set(names).size).toBe(names.length);
    for (const name of Object.keys(EXAMPLES)) expect(names).toContain(name);
  });

  it('names no more than a header holds, and nothing that no header may hold', () => {
    const odd = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field_${index}`, 1]));
    const body = { ...LEAST, 'a\r\nx-evil: 1': 1, ünknown: 1, ...odd };
    const { dropped } = ANTHROPIC_MESSAGES.parse(Buffer.from(JSON.stringify(body))).prompt();
    const { shown } = new DroppedNames(dropped);
    expect(shown).toHaveLength(21);
    expect(shown.slice(0, 20).every((name) => /^field_\d+$/.test(name))).toBe(true);
    expect(shown.at(-1)).toBe('and_32_more');
  });
});
