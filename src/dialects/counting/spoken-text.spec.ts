import { SpokenText } from './spoken-text.js';

const event = (delta: object, extra: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }], ...extra })}\n\n`;

function spoken(...events: readonly string[]): SpokenText {
  const text = new SpokenText({ fields: ['content', 'reasoning'], newsOf: ({ choices }) => ({ choices }) });
  for (const each of events) text.pass(Buffer.from(each));
  return text;
}

const BEGINNING = event({ content: 'x'.repeat(1500) });
/** The length of all, where each character of the sample were a token. */
const lengthOf = (text: SpokenText): number => text.scale(text.text.length);

it('keeps the beginning of the streamed text', () => {
  const text = spoken(event({ content: 'Hä' }) + event({ reasoning: 'llo', reasoning_content: 'llo' }));
  expect([text.text, text.isEmpty, text.isFull]).toEqual(['Hällo', false, false]);
  expect(spoken(': comment\n\n', event({ role: 'assistant' })).isEmpty).toBe(true);
});

describe.each([
  ['of chunks like those before', event({ content: 'four' })],
  ['of chunks unlike those before', event({ reasoning: 'four' })],
  ['of chunks with more after their words', event({ content: 'four', reasoning: null })],
])('behind the beginning, %s,', (_which, known) => {
  it.each([
    ['plain', event({ content: 'four' }), 4],
    ['with another id and time', event({ content: 'four' }, { created: 12, obfuscation: 'x' }), 4],
    ['with spaces', event({ content: 'four' }).replaceAll('":', '": '), 4],
    ['with a quote at its end', event({ content: 'fou"' }), 4],
    ['with a backslash at its end', event({ content: 'fou\\' }), 4],
    ['in escapes', event({ content: '四个字啊' }).replace('四', '\\u56db'), 4],
    ['beside reasoning', event({ content: 'tw', reasoning: 'ei' }), 4],
    ['in two events', event({ content: 'tw' }) + event({ content: 'ei' }), 4],
    ['before a line of another kind', event({ content: 'four' }).trimEnd() + '\nid: 7\n\n', 4],
    ['with line ends of two bytes', event({ content: 'four' }).replaceAll('\n', '\r\n'), 4],
    ['with an event in it', event({ content: 'data: is' }), 8],
    ['none', `: comment\n\n${event({ role: 'assistant' })}data: [DONE]\n\n`, 0],
  ])('counts a text %s', (_how, events, length) => {
    expect(lengthOf(spoken(BEGINNING, known, known, events))).toBe(1508 + length);
  });
});
