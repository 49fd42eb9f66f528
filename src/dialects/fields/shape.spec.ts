import { type Shape, shapeByType, shapeOf } from './shape.js';

function lost(shape: Shape, value: unknown): string[] {
  const names = new Set<string>();
  shape.lost(value, 'x.', names);
  return [...names];
}

describe('what is read of a value', () => {
  const shape = shapeOf('a b', { in: shapeOf('c') }, { mode: (value) => value === 'usual' });

  it('leaves the names of all other fields, at any depth and in lists', () => {
    expect(
      lost(shape, [
        { a: 1, new: 2 },
        {
          in: [
            { c: 1, d: 0 },
            { d: 1, e: {} },
          ],
        },
      ]),
    ).toEqual(['x.new', 'x.d', 'x.e']);
  });

  it('omits the names of fields with empty or default values', () => {
    expect(lost(shape, { d: null, e: false, f: '', g: [], mode: 'usual', in: 'a text' })).toEqual([]);
    expect(lost(shape, { mode: 'other' })).toEqual(['x.mode']);
    expect(lost(shape, null)).toEqual([]);
  });

  it('knows no fields that all objects have', () => {
    expect(lost(shape, JSON.parse('{"constructor":1,"__proto__":2,"toString":3}'))).toEqual([
      'x.constructor',
      'x.__proto__',
      'x.toString',
    ]);
  });

  it('depends on the type of an object if a shape has several', () => {
    const types = shapeByType({ 'one two': shapeOf('type a'), three: shapeOf('type') });
    const values = [
      { type: 'one', a: 1 },
      { type: 'two', b: 1 },
      { type: 'three', a: 1 },
    ];
    expect(lost(types, values)).toEqual(['x.b', 'x.a']);
    expect(lost(types, { type: 'four', c: 1 })).toEqual([]);
  });
});
