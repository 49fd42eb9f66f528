import { plainJson, plainJsonLine, plainText } from './plain-text.js';

const STEERING =
  '\u0000\u0007\b\u000b\r\u001b\u007f\u0080\u009b\u009d\u009f\u061c\u200e\u200f\u202a\u202e\u2066\u2069';

it('takes out what steers a terminal, and nothing else', () => {
  const text = 'a\tb\n你好 é 👩‍👩‍👧 ❤️ नि\u200d';
  expect(plainText(`${STEERING}${text}${STEERING}`)).toBe(text);
  for (const character of STEERING) expect(plainText(`x${character}y`)).toBe('xy');
});

it('takes it out of a line of JSON, however it is spelled there', () => {
  const line = `${JSON.stringify({ message: `a${STEERING}\\u001b\n"`, [STEERING]: 1 })}\n`;
  expect(plainJsonLine(line)).toBe(`${JSON.stringify({ message: 'a\\u001b\n"', '': 1 })}\n`);
});

it('spells it out in JSON for programs', () => {
  const json = plainJson({ a: STEERING });
  expect(JSON.parse(json)).toEqual({ a: STEERING });
  expect(plainText(json)).toBe(json);
});
