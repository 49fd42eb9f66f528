import { CompletionBuilder } from '../gathering/completion-builder.js';
import { completionToStream } from './completion-stream.js';
import { sseData } from '../../framing/sse-events.js';

const COMPLETION = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  system_fingerprint: 'f',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'a', reasoning_content: 'r' },
      finish_reason: 'stop',
      logprobs: { content: [{ token: 'a' }] },
    },
    {
      index: 1,
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      finish_reason: 'tool_calls',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

const chunksOf = (text: string) =>
  [...sseData(text)]
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Record<string, unknown>);

describe('a completion written as a stream and gathered again', () => {
  it('is the same completion', () => {
    const builder = new CompletionBuilder();
    for (const chunk of chunksOf(completionToStream(COMPLETION, true))) builder.add(chunk);
    expect(builder.build()).toEqual(COMPLETION);
  });

  it('ends in [DONE], and has the usage only when asked', () => {
    expect(completionToStream(COMPLETION, false)).not.toContain('usage');
    expect(completionToStream(COMPLETION, false).endsWith('data: [DONE]\n\n')).toBe(true);
    expect(chunksOf(completionToStream(COMPLETION, true)).at(-1)).toMatchObject({
      choices: [],
      usage: COMPLETION.usage,
    });
  });
});

it('choices that are no objects are left out, in both directions', () => {
  const choices = [null, 'words', { index: 0, message: { content: 'a' } }];
  const events = completionToStream({ ...COMPLETION, choices }, false);
  expect(events.match(/^data: \{/gm)).toHaveLength(2);
  const builder = new CompletionBuilder();
  builder.add({ choices: [null, 'words', { index: 0, delta: { content: 'a' } }] });
  expect(builder.build()['choices']).toHaveLength(1);
});

describe('CompletionBuilder', () => {
  it('is not led astray by names or positions that an upstream makes up', () => {
    const builder = new CompletionBuilder();
    builder.add(
      JSON.parse(
        '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"tool_calls":[{"index":4000000000,"id":"x","function":{"name":"f"}},{"index":-1,"id":"y","function":{"name":"g"}}]}}]}',
      ) as Record<string, unknown>,
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const [choice] = builder.build()['choices'] as { message: { tool_calls: unknown[] } }[];
    expect(choice!.message.tool_calls).toHaveLength(2);
  });

  it('keeps one role and one id though every chunk repeats them', () => {
    const builder = new CompletionBuilder();
    for (const part of ['{"a"', ':1}']) {
      builder.add({
        choices: [
          {
            index: 0,
            delta: {
              role: 'assistant',
              tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: part } }],
            },
          },
        ],
      });
    }
    expect(builder.build()['choices']).toMatchObject([
      {
        message: {
          role: 'assistant',
          tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"a":1}' } }],
        },
      },
    ]);
  });
});
