import { sampleOf } from './schema-sample.js';

it.each([
  [{ const: 7 }, 7],
  [{ enum: ['b', 'a'] }, 'b'],
  [{ type: 'string', default: 'd' }, 'd'],
  [{ type: 'string', minLength: 15 }, 'sample value...'],
  [{ type: 'string', maxLength: 3 }, 'sam'],
  [{ type: 'string', format: 'date' }, '2026-01-01'],
  [{ type: 'integer', minimum: 4, multipleOf: 3 }, 6],
  [{ type: 'integer', exclusiveMaximum: 0 }, -1],
  [{ type: 'number' }, 0.5],
  [{ type: ['null', 'boolean'] }, true],
  [{ type: 'null' }, null],
  [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [1, 1]],
  [{ type: 'array', items: { type: 'integer' }, maxItems: 0 }, []],
  [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 1],
  [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
  [{ properties: { at: { $ref: '#/$defs/day' } }, $defs: { day: { const: 'mon' } } }, { at: 'mon' }],
  [true, 'sample value'],
])('%j gives %j', (schema, value) => {
  expect(sampleOf(schema)).toEqual(value);
});

it('ends with a schema that refers to itself', () => {
  const tree = {
    type: 'object',
    properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } },
    required: ['name', 'children'],
  };
  expect(JSON.stringify(sampleOf(tree)).length).toBeLessThan(500);
  expect(sampleOf({ $ref: '#' })).toBeDefined();
  const loop = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
  expect(JSON.stringify(sampleOf(loop))).toContain('next');
  const cycle = { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } };
  expect(sampleOf(cycle)).toBeDefined();
  const keys = Array.from({ length: 9 }, (_, index) => `k${index}`);
  const wide = { properties: Object.fromEntries(keys.map((key) => [key, { $ref: '#' }])), required: keys };
  expect(JSON.stringify(sampleOf(wide)).length).toBeLessThan(200_000);
});
