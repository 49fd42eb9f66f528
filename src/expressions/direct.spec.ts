import jsonata from 'jsonata';
import { NOT_DIRECT, compileDirect } from './direct.js';

const INPUTS: unknown[] = [
  { a: { b: 'x' }, b: 1, e: 'delta' },
  { a: null, e: 'delta' },
  { a: { b: null }, b: '' },
  { a: { b: false }, b: 0 },
  { a: { b: true }, b: true },
  { a: { b: [1] }, b: {} },
  { a: { b: [] }, b: { c: 1 } },
  { a: [{ b: 1 }] },
  { a: [{ b: 1 }, { b: [2, 3] }], b: [[1]] },
  { a: 'text', b: 'delta' },
  { a: [{ b: 'x' }, { b: 'y', c: 1 }, {}, null, 'z', { b: { c: 1 } }], b: { a: [{ b: 'x' }] } },
  { a: ['x', ['y'], { b: [] }], b: [{ a: 1 }] },
  { a: [[{ b: 1 }]], b: ['x'] },
  [{ a: { b: 1 } }],
  { a: { b: { c: 1 } }, b: NaN },
  {},
  [],
  null,
  'text',
  5,
  undefined,
];
const BINDINGS = {
  s: { a: 'x', l: [1, 2], o: { p: 1 } },
  n: 5,
  f: () => 1,
  u: undefined,
  w: (value: unknown, more: unknown = '') => `${typeof value} ${typeof more}`,
  o: () => ({ a: [1] }),
};

const DIRECT = [
  'a',
  'a.b',
  'a.b.c',
  'a.constructor',
  'toString',
  '`a`.`b`',
  '"a"."b"',
  '$',
  '$.a.b',
  '$s.a',
  '$s.l',
  '$s.o.p',
  '$n',
  '$f',
  '$u',
  '$unknown.a',
  'true',
  'null',
  '"text"',
  '(a.b)',
  'a = "text"',
  'a.b = null',
  'b != 1',
  'a.b = a.b',
  'b = a',
  'e = "delta" ? a.b',
  'b ? "yes" : a.b ? "maybe" : "no"',
  'a = b ? 1 : 2',
  '{ "x": a.b, "y": { "z": b }, "c": "c", "s": $s.o }',
  '{}',
  'b != 0 ? (a ? a : "none")',
  'a[0]',
  'a[-1]',
  'a[-1].b',
  'a[1].b.c',
  'a[5].b',
  'b.a[0].b',
  'a.{ "x": b }',
  'a.{ "x": b }[]',
  'a.{ "x": b, "y": $w(b), "z": $n, "l": $s.l }[]',
  'b.a.{ "x": b }[]',
  '$s.o.{ "x": p }',
  '{ "list": a.{ "x": b = "x" ? "first" : b }[], "last": a[-1].b }',
  '$w(a)',
  '$w(a.b, b)',
  '$w(a[-1].b)',
  '$w()',
  '$o()',
];

/** Without the marks that JSONata leaves on its lists. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, plain(child)]));
}

describe('compileDirect', () => {
  it.each(DIRECT)('gives what JSONata gives: %s', async (source) => {
    const expression = jsonata(source);
    const direct = compileDirect(expression.ast())!;
    expect(direct).toBeDefined();
    for (const input of INPUTS) {
      const value = direct(input, BINDINGS);
      if (value === NOT_DIRECT) continue;
      expect([input, value]).toEqual([input, plain(await expression.evaluate(input, BINDINGS))]);
    }
  });

  it('counts only what is put into lists, even if the expression before was abandoned', () => {
    const list = compileDirect(jsonata('list.{ "said": $s }').ast())!;
    const text = compileDirect(jsonata('$s').ast())!;
    expect(list({ list: [1] }, { s: [] })).toBe(NOT_DIRECT);
    const s = 'x'.repeat(600_000);
    for (let call = 0; call < 2; call++) expect(text({}, { s })).toBe(s);
  });

  it.each([
    'a[]',
    'a[b = 1].c',
    'a & b',
    'a + 1',
    'a.*',
    'a.b()',
    'a^(b)',
    'a{b: c}',
    'a@$x.b',
    'a#$i.b',
    '[a]',
    '$x := 1',
    '{ a: 1 }',
    '{ "a": 1, "a": 2 }',
    '$s[0]',
    '$s{"a": b}',
    'a.(b)',
    'a.%.b',
    'b in a',
    '-a',
    'a ~> $f',
    '(a; b)',
  ])('leaves %s to JSONata', (source) => {
    expect(compileDirect(jsonata(source).ast())).toBeUndefined();
  });
});
