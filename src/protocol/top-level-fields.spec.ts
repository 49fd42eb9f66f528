import fc from 'fast-check';
import { TooManyValuesError } from '../errors/caller-errors.js';
import { refuseBeyond } from './top-level-fields.js';

/** All values of a document, keys included, as the parser would build them. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const inner = Object.values(value).reduce((sum: number, item) => sum + countOf(item), 1);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

const refuse = (json: string, values: number) => refuseBeyond(json, { depth: Infinity, values });

describe('refuseBeyond', () => {
  it('counts what the parser builds, whatever stands in strings and between values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        const json = JSON.stringify(value, undefined, space);
        const count = countOf(value);
        refuse(json, count);
        expect(() => refuse(json, count - 1)).toThrow(TooManyValuesError);
      }),
    );
  });

  it.each([
    ['many escaped quotes', `["${'\\"'.repeat(500)}",0]`],
    ['an escaped backslash before the last quote', `["${'\\"'.repeat(3)}${'x'.repeat(200)}\\\\",0]`],
    ['quotes far from each other', `["${`\\"${'x'.repeat(100)}`.repeat(10)}",0]`],
    [
      'a backslash at the end of what is read unit by unit',
      `["\\"${'x'.repeat(62)}\\"${'\\\\'.repeat(40)}",0]`,
    ],
  ])('finds the end of a string with %s', (_which, json) => {
    expect(JSON.parse(json)).toHaveLength(2);
    refuse(json, 3);
    expect(() => refuse(json, 2)).toThrow(TooManyValuesError);
  });

  it.each(['["', '["\\', '["\\"', `["\\"${'x'.repeat(63)}`, '[[[', '[', '{', '', ',', ']]]'])(
    'leaves to the parser what is not JSON: %s',
    (json) => expect(() => refuse(json, 10)).not.toThrow(),
  );
});
