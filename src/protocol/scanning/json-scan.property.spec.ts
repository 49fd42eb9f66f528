import fc from 'fast-check';
import { FieldNames } from './field-names.js';
import { type ElementFault, JsonScan, NO_LIMITS } from './json-scan.js';
import { endOfScalar, endOfString, ended, skipSpace } from './json-tokens.js';

const WANTED = new FieldNames(['model', 'stream', 'messages', 'n', 'ключ']);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function expectAgreement(text: string): void {
  const bytes = Buffer.from(text);
  const scan = JsonScan.of(bytes, WANTED);
  const value = parsed(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  expect(scan.fault === undefined).toBe(isObject);
  if (!isObject) return;
  WANTED.names.forEach((name, index) => {
    if (scan.repeated >= 0) return;
    expect(scan.has(index)).toBe(Object.hasOwn(value, name));
    expect(scan.parse(index)).toEqual(Object.hasOwn(value, name) ? (value as never)[name] : undefined);
  });
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const keys = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, child) => sum + countValues(child), 1 + keys);
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const json = fc.jsonValue({ maxDepth: 6 });
const object = fc.dictionary(
  fc.oneof(fc.constantFrom(...WANTED.names, 'mod', 'models'), fc.string({ unit: 'grapheme' })),
  json,
);

/** The same bytes; an index beyond them fails. */
function watched(bytes: Buffer): Buffer {
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key) && !(Number(key) in target))
        throw new RangeError(`index ${key} of ${target.length} bytes was read`);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('JsonScan', () => {
  it('finds the same fields as JSON.parse in any object, however it is spaced', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, 2, '\t', '\r\n '), (value, space) => {
        expectAgreement(JSON.stringify(value, undefined, space));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with JSON.parse on text that was damaged at one place', () => {
    const damage = fc.record({
      value: object,
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.constantFrom(
        '',
        '"',
        '\\',
        '\\u12',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '01',
        '-',
        '1e',
        '.',
        'tru',
        'null',
        ' ',
        '\n',
        '\u0000',
        '\u001f',
        '\u007f',
        'é',
        '\u2028',
        '\\x',
        '\\u00zz',
        '+1',
        "'",
        '/**/',
      ),
    });
    fc.assert(
      fc.property(damage, ({ value, at, cut, put }) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        expectAgreement(text.slice(0, place) + put + text.slice(place + cut));
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with JSON.parse on any cut of a document', () => {
    const text =
      '{"model":"a\\u0041\\n","n":-1.5e+10,"messages":[{"role":"user","x":[]},{}],"stream":true,"z":null} ';
    for (let end = 0; end <= text.length; end++) expectAgreement(text.slice(0, end));
  });

  it.each([
    '',
    ' ',
    '[]',
    '1',
    '"a"',
    'null',
    '{}',
    ' {} ',
    '{}x',
    '{}{}',
    '{"a":1,}',
    '{,}',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":-0}',
    '{"a":1E-7}',
    '{"a":NaN}',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[}',
    '{"a":{]}',
    '{"a":"\t"}',
    '{"a":"\\\n"}',
    '\ufeff{}',
    '{"a":truefalse}',
    '{"a":nul}',
    '{"\\u006dodel":3}',
    '{"mod\\u0065l":"x"}',
    '{"__proto__":1,"model":2}',
    '{"a":"\\ud800"}',
  ])('agrees with JSON.parse on %j', (text) => expectAgreement(text));

  it('counts values and levels', () => {
    fc.assert(
      fc.property(object, (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        const count = countValues(value);
        const depth = depthOf(value);
        expect(JsonScan.of(bytes, WANTED).values).toBe(count);
        expect(JsonScan.of(bytes, WANTED, { depth, values: count }).fault).toBeUndefined();
        expect(JsonScan.of(bytes, WANTED, { depth, values: count - 1 }).fault).toBe('too_many_values');
        expect(JsonScan.of(bytes, WANTED, { depth: depth - 1, values: count }).fault).toBe('too_deep');
      }),
    );
  });

  it('notices a wanted field that occurs twice, escaped or not', () => {
    const scan = JsonScan.of(Buffer.from('{"model":1,"x":{"model":2},"mod\\u0065l":3}'), WANTED);
    expect(WANTED.names[scan.repeated]).toBe('model');
    expect(JsonScan.of(Buffer.from('{"x":1,"x":2,"model":3}'), WANTED).repeated).toBe(-1);
  });

  it('finds the first element of a list that breaks a rule', () => {
    const rule = { list: 2, field: new FieldNames(['role']) };
    const brokenBy = (value: unknown): ElementFault | undefined => {
      if (!Array.isArray(value)) return undefined;
      const firstByte = (child: unknown): number => JSON.stringify(child).charCodeAt(0);
      for (const [index, element] of value.entries()) {
        if (typeof element !== 'object' || element === null || Array.isArray(element))
          return { index, isField: false, firstByte: firstByte(element) };
        const field: unknown = Object.hasOwn(element, 'role') ? (element as never)['role'] : undefined;
        if (typeof field !== 'string')
          return { index, isField: true, firstByte: field === undefined ? undefined : firstByte(field) };
      }
      return undefined;
    };
    const role = fc.record(
      { role: fc.oneof({ weight: 5, arbitrary: fc.string() }, json), x: json },
      { requiredKeys: ['x'] },
    );
    const element = fc.oneof({ weight: 5, arbitrary: role }, json);
    fc.assert(
      fc.property(
        object,
        fc.array(element, { maxLength: 4 }),
        fc.constantFrom(0, 1),
        (others, list, space) => {
          const value = { ...others, messages: list, zzz: [{ role: 1 }] };
          const scan = JsonScan.of(
            Buffer.from(JSON.stringify(value, undefined, space)),
            WANTED,
            NO_LIMITS,
            rule,
          );
          expect(scan.fault).toBeUndefined();
          expect(scan.elements).toBe(list.length);
          expect(scan.elementFault).toEqual(brokenBy(list));
        },
      ),
      { numRuns: 500 },
    );
    const escaped = '{"messages":[{"role":1,"r\\u006fle":"user"},{"role":"a","role":null}]}';
    expect(JsonScan.of(Buffer.from(escaped), WANTED, NO_LIMITS, rule).elementFault).toEqual({
      index: 1,
      isField: true,
      firstByte: 'n'.charCodeAt(0),
    });
  });

  it('finds names of no length, of 32 bytes and more, and of several characters that begin alike', () => {
    const names = ['', 'n', `n${'x'.repeat(31)}`, `n${'x'.repeat(32)}`, 'no'];
    const fields = new FieldNames(names);
    for (const name of [...names, 'x', 'nx', `n${'y'.repeat(32)}`, 'on']) {
      const scan = JsonScan.of(Buffer.from(JSON.stringify({ [name]: 7 })), fields);
      expect(names.filter((_, index) => scan.has(index))).toEqual(names.filter((each) => each === name));
    }
  });

  it('reads nothing past the end of a text, wherever it is cut off', () => {
    const text =
      '{"a":[-1.25e+3,null,"b\\u00e9\\n",{"c": true}],"n" : 0.5,"d":"' + 'é'.repeat(9) + '","e":12345}';
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (const end of ['}', '}\n', '']) {
        const part = Buffer.concat([bytes.subarray(0, cut), Buffer.from(end)]);
        if (end === '}') expect(() => JsonScan.of(watched(part), WANTED)).not.toThrow();
        expectAgreement(part.toString('latin1'));
        const tail = watched(ended(part));
        for (const read of [skipSpace, endOfString, endOfScalar])
          expect(() => read(tail, Math.max(0, cut - 3))).not.toThrow();
      }
    }
  });
});
