import { type Prompt } from '../../conversation/prompt.js';
import { ownRequest } from '../own-request.js';
import { OPENAI_CHAT } from '../openai-chat/openai-chat.js';
import { FIELDS } from './fields.js';
import { geminiBody } from './gemini-body.js';

const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
/** A request of a client with each field saying something, and what the body then holds. */
const SAID: Readonly<Record<string, readonly [fields: object, holds?: string]>> = {
  messages: [{}, '"contents":[{"role":"user","parts":[{"text":"hi"}]}]'],
  max_tokens: [{ max_tokens: 9 }, '"maxOutputTokens":9'],
  temperature: [{ temperature: 0.5 }, '"temperature":0.5'],
  top_p: [{ top_p: 0.5 }, '"topP":0.5'],
  top_k: [{ top_k: 5 }, '"topK":5'],
  stop: [{ stop: ['x'] }, '"stopSequences":["x"]'],
  seed: [{ seed: 7 }, '"seed":7'],
  frequency_penalty: [{ frequency_penalty: 1 }, '"frequencyPenalty":1'],
  presence_penalty: [{ presence_penalty: 1 }, '"presencePenalty":1'],
  tools: [{ tools: [TOOL] }, '"parametersJsonSchema"'],
  tool_choice: [{ tools: [TOOL], tool_choice: 'required' }, '"mode":"ANY"'],
  response_format: [{ response_format: { type: 'json_object' } }, '"responseMimeType":"application/json"'],
  reasoning_effort: [{ reasoning_effort: 'low' }, '"thinkingLevel":"LOW"'],
  parallel_tool_calls: [{ tools: [TOOL], parallel_tool_calls: false }],
  user: [{ user: 'u' }],
  detail: [
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } }],
        },
      ],
    },
  ],
  filename: [
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
          ],
        },
      ],
    },
  ],
  'tools.strict': [{ tools: [{ ...TOOL, function: { ...TOOL.function, strict: true } }] }],
  reasoning: [
    {
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'yes', reasoning_content: 'hm' },
      ],
    },
  ],
  n: [{ n: 2 }],
};
/** In the path, or in other clients' formats only. */
const ELSEWHERE = ['model', 'stream', 'cache_control'];

function promptOf(fields: object): Prompt {
  const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields };
  return OPENAI_CHAT.parse(Buffer.from(JSON.stringify(body)), { depth: 50, values: 1000 }).prompt();
}

describe('the table of fields', () => {
  it('names each field once, and the test knows all of them', () => {
    const names = FIELDS.map(({ field }) => field);
    expect(names.toSorted()).toEqual([...Object.keys(SAID), ...ELSEWHERE].toSorted());
  });

  it.each(FIELDS.filter(({ field }) => !ELSEWHERE.includes(field)))('$field is $fate', ({ field, fate }) => {
    const [fields, holds] = SAID[field]!;
    if (fate === 'refused') {
      expect(() => geminiBody(promptOf(fields))).toThrow(
        expect.objectContaining({ status: 400, param: field }) as Error,
      );
      return;
    }
    const { body, dropped } = geminiBody(promptOf(fields));
    expect(dropped).toEqual(fate === 'dropped' ? [field] : []);
    expect(holds !== undefined).toBe(fate === 'carried');
    if (holds !== undefined) expect(JSON.stringify(body)).toContain(holds);
  });

  it('reports cache marks as dropped', () => {
    const prompt = ownRequest('m', [{ role: 'user', content: 'hi' }]).prompt();
    const marked = {
      ...prompt,
      system: [{ kind: 'text' as const, text: 'x', cache: { type: 'ephemeral' } }],
    };
    expect(geminiBody(marked).dropped).toEqual(['cache_control']);
  });
});
