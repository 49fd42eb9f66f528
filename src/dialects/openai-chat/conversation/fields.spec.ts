import { type JsonObject } from '../../../protocol/json.js';
import { FIELDS } from './fields.js';
import { promptOf } from './prompt-of.js';
import { USER, prompt, refusal } from '../../../../test/fixtures/dialects/read-chat.js';

/** A value for each field of the table that asks for something. */
const ASKING: JsonObject = {
  model: 'm',
  messages: [USER],
  stream: true,
  stream_options: { include_usage: true },
  max_completion_tokens: 5,
  max_tokens: 5,
  temperature: 0.5,
  top_p: 0.5,
  top_k: 5,
  n: 2,
  stop: 'END',
  seed: 1,
  frequency_penalty: 1,
  presence_penalty: 1,
  tools: [{ type: 'function', function: { name: 'get' } }],
  tool_choice: 'none',
  parallel_tool_calls: false,
  functions: [{ name: 'get' }],
  function_call: 'none',
  response_format: { type: 'json_object' },
  reasoning_effort: 'low',
  reasoning: { effort: 'low' },
  thinking: { type: 'enabled', budget_tokens: 2000 },
  user: 'u',
  safety_identifier: 'u',
  audio: { voice: 'a', format: 'wav' },
  modalities: ['text', 'audio'],
  logit_bias: { '5': 1 },
  logprobs: true,
  top_logprobs: 2,
  metadata: { a: 'b' },
  moderation: { mode: 'a' },
  prediction: { type: 'content', content: 'a' },
  prompt_cache_key: 'k',
  prompt_cache_options: { ttl: '30m' },
  prompt_cache_retention: '24h',
  service_tier: 'flex',
  store: true,
  verbosity: 'low',
  web_search_options: { search_context_size: 'low' },
};
/** Carried without a place of their own in a prompt. */
const ELSEWHERE = new Set(['model', 'stream', 'stream_options']);

describe('the table of fields', () => {
  it('has an example value for each field', () => {
    expect(Object.keys(ASKING).sort()).toEqual(FIELDS.map(({ field }) => field).sort());
  });

  it.each(FIELDS.map(({ field, fate }) => [field, fate] as const))('lists %s as %s', (field, fate) => {
    // A choice without tools chooses nothing.
    const tools = /choice|function_call/.test(field) ? { tools: ASKING['tools'] } : {};
    const others = field === 'messages' ? {} : tools;
    const given = { ...others, [field]: ASKING[field] };
    if (fate === 'refused') {
      expect(refusal(given)).toEqual(['invalid_value', expect.stringContaining(field)]);
      return;
    }
    const read = prompt(given);
    expect(read.dropped).toEqual(fate === 'dropped' ? [field] : []);
    const plain =
      field === 'messages' ? promptOf({ messages: [{ role: 'user', content: 'other' }] }) : prompt(others);
    if (fate === 'carried' && !ELSEWHERE.has(field)) expect(read).not.toEqual(plain);
    else expect({ ...read, dropped: [] }).toEqual(plain);
  });

  it('drops what it does not list, by name, unless it asks for nothing', () => {
    expect(prompt({ min_p: 0.1, chat_template_kwargs: { a: 1 } }).dropped).toEqual([
      'min_p',
      'chat_template_kwargs',
    ]);
    expect(
      prompt({ logprobs: false, store: null, service_tier: 'auto', metadata: {}, min_p: null }).dropped,
    ).toEqual([]);
    expect(prompt({ audio: null, modalities: ['text'] }).dropped).toEqual([]);
  });
});
