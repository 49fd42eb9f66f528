import { Expression } from '../expressions/expression.js';
import { plainPath } from './plain-path.js';

const INPUTS: unknown[] = [
  { a: { b: 'x' }, b: 1 },
  { a: null },
  { a: { b: null } },
  { a: { b: false } },
  { a: { b: [1] } },
  { a: { b: [] } },
  { a: [{ b: 1 }] },
  { a: [{ b: 1 }, { b: [2, 3] }] },
  { a: 'text' },
  [{ a: { b: 1 } }],
  { a: { b: { c: 1 } } },
  {},
  null,
  'text',
  5,
  undefined,
];

describe('plainPath', () => {
  it.each(['a', 'a.b', ' a.b ', 'a.b.c', 'a.constructor', 'toString', 'a.length'])(
    'finds what JSONata finds: %s',
    async (source) => {
      const getter = plainPath(source)!;
      for (const input of INPUTS) {
        const found = getter(input);
        if (found !== undefined) {
          expect([input, found.value]).toEqual([input, await Expression.compile(source).evaluate(input)]);
        }
      }
    },
  );

  it('answers for plain objects', () => {
    expect(plainPath('a.b')!({ a: { b: 'x' } })).toEqual({ value: 'x' });
    expect(plainPath('a.b')!({ a: [{ b: 'x' }] })).toBeUndefined();
  });

  it.each(['a[0]', '$a', 'a & b', 'true', 'null', 'a.true', 'a.*', '"a"', 'a.`b`', '', 'a.b()'])(
    'is not for %s',
    (source) => expect(plainPath(source)).toBeUndefined(),
  );
});
