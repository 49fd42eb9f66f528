import { canonicalJson } from './canonical-json.js';

const canonical = (text: string): string | undefined => canonicalJson(Buffer.from(text));

describe('canonicalJson', () => {
  it.each([
    ['{"b":1,"a":[1,{"d":null,"c":"x"}]}', '{"a":[1,{"c":"x","d":null}],"b":1}'],
    [' {\n"b" : 1 ,\t"a" : [ ] , "c" : { } }\r\n', '{"a":[],"b":1,"c":{}}'],
    ['{"a":"\\u4f60, \\"b\\": [1"}', '{"a":"\\u4f60, \\"b\\": [1"}'],
    ['{"a":"你好 } ] ,"}', '{"a":"你好 } ] ,"}'],
    ['{"a":9007199254740993,"b":1.0,"c":1e400}', '{"a":9007199254740993,"b":1.0,"c":1e400}'],
    ['{"a":2,"a":1}', '{"a":2,"a":1}'],
    ['[true, false , null]', '[true,false,null]'],
  ])('%s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ['{"a":1}', '{"a":1.0}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":2,"a":1}', '{"a":1,"a":2}'],
    ['{"a":9007199254740993}', '{"a":9007199254740992}'],
    ['{"a":{"b":1},"c":2}', '{"a":{"b":1,"c":2}}'],
    ['{"a":null}', '{}'],
    ['{"a":"1"}', '{"a":1}'],
  ])('distinguishes %s from %s', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  it('gives up on what is nested too deeply', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(canonical(nested(128))).toBe(nested(128));
    expect(canonical(nested(129))).toBeUndefined();
    expect(canonical(`{"a":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`)).toBeUndefined();
  });

  it('finds the same text for any order of keys', () => {
    const value = { m: [{ z: 1, y: { b: '"', a: '\\' } }], a: { c: [], b: {} }, '': 0 };
    const shuffled = (part: unknown): unknown => {
      if (Array.isArray(part)) return part.map(shuffled);
      if (typeof part !== 'object' || part === null) return part;
      return Object.fromEntries(
        Object.entries(part)
          .toReversed()
          .map(([key, child]) => [key, shuffled(child)]),
      );
    };
    expect(canonical(JSON.stringify(shuffled(value), undefined, 2))).toBe(canonical(JSON.stringify(value)));
    expect(JSON.parse(canonical(JSON.stringify(value))!)).toEqual(value);
  });
});
