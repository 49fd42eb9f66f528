import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { CustomCalls, argumentsOfInput, inputOfArguments } from './custom-tools.js';

const prompt: Prompt = {
  system: [],
  turns: [],
  tools: [{ name: 'patch', isCustom: true }, { name: 'get' }],
  sampling: { choiceCount: 1 },
  output: { kind: 'text' },
  dropped: [],
};
const pass = (...events: ReplyEvent[]) => {
  const calls = CustomCalls.of(prompt)!;
  return events.flatMap((event) => [...calls.pass(event)]);
};

describe('CustomCalls', () => {
  it('is not there for prompts without custom tools', () => {
    expect(CustomCalls.of({ ...prompt, tools: [{ name: 'get' }] })).toBeUndefined();
  });

  it('holds calls of custom tools until they are whole, and passes all others', () => {
    const finish: ReplyEvent = { kind: 'finish', reason: 'tool_calls' };
    const seal = { dialect: 'a', value: 's' };
    const first = { id: 'b', type: 'function', name: 'get', index: 1, arguments: '{' };
    expect(
      pass(
        { kind: 'text', delta: 'Now' },
        {
          kind: 'tool-calls',
          pieces: [
            { id: 'a', type: 'function', name: 'patch', index: 0, arguments: '{"input":"*** ' },
            first,
          ],
        },
        {
          kind: 'tool-calls',
          pieces: [
            { index: 0, arguments: 'Begin\\n"}', seal },
            { index: 1, arguments: '}' },
          ],
        },
        finish,
        { kind: 'end' },
      ),
    ).toEqual([
      { kind: 'text', delta: 'Now' },
      { kind: 'tool-calls', pieces: [first] },
      { kind: 'tool-calls', pieces: [{ index: 1, arguments: '}' }] },
      {
        kind: 'tool-calls',
        pieces: [{ id: 'a', type: 'custom', name: 'patch', index: 0, arguments: '*** Begin\n', seal }],
      },
      finish,
      { kind: 'end' },
    ]);
  });

  it('passes calls that are custom already', () => {
    const event: ReplyEvent = {
      kind: 'tool-calls',
      pieces: [{ id: 'a', type: 'custom', name: 'patch', index: 0, arguments: '{"input":"a"}' }],
    };
    expect(pass(event)).toEqual([event]);
  });
});

describe('inputOfArguments', () => {
  it.each(['', 'a "b"\n', '{"input":"x"}'])('reads back %j', (text) => {
    expect(inputOfArguments(argumentsOfInput(text))).toBe(text);
  });

  it.each([
    ['*** Begin', '*** Begin'],
    ['"*** Begin"', '*** Begin'],
    ['{"patch":1}', '{"patch":1}'],
    ['{"input":{"a":1}}', '{"a":1}'],
  ])('makes of %s, which models write, %s', (text, input) => {
    expect(inputOfArguments(text)).toBe(input);
  });
});
