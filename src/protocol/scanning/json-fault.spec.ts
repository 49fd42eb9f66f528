import { jsonFaultAt, positionOf, utf8FaultAt } from './json-fault.js';
import { FieldNames } from './field-names.js';
import { JsonScan } from './json-scan.js';

const NO_FIELDS = new FieldNames([]);

describe('the place where a text stops being JSON', () => {
  it.each([
    ['{"a":1,}', 7],
    ["{'a':1}", 1],
    ['{"a":1} x', 8],
    ['{"a":1}{}', 7],
    ['{"a" 1}', 5],
    ['{"a":tru}', 5],
    ['{"a":NaN}', 5],
    ['{"a":01}', 6],
    ['{"a":[1 2]}', 8],
    ['{"a":[1,]}', 8],
    ['{"a":"b\nc"}', 7],
    ['{"a":"\\n\\u00e9\\x41"}', 14],
    ['{"a\\q":1}', 3],
    ['{"a":]}', 5],
    ['\u00a0{}', 0],
    ['{"a":1', 6],
    ['{"a":"b', 7],
    ['{"a":"b\\', 7],
    ['{"a":[{"b":[]}', 14],
    ['', 0],
    ['  ', 2],
  ])('%j is wrong at %i', (text, at) => {
    expect(JsonScan.of(Buffer.from(text), NO_FIELDS).fault).toBe('invalid');
    expect(jsonFaultAt(Buffer.from(text))).toBe(at);
  });

  it.each(['{}', '[]', '0', ' {"a":[{"b":[[],{}]},"c\\u0041",-1.5e3,true,null]} '])(
    'is the end of %j, which is JSON',
    (text) => {
      expect(jsonFaultAt(Buffer.from(text))).toBe(text.length);
    },
  );
});

describe('the place where a text stops being UTF-8', () => {
  it.each([
    ['a single byte', [0x61, 0xff], 1],
    ['a character that is cut off', [0x61, 0xe4, 0xbd], 1],
    ['an overlong form', [0x61, 0xc0, 0x80], 1],
    ['later bytes without a first one', [0x61, 0x80, 0x80, 0x80], 1],
    ['text in GBK', [0x22, 0xc4, 0xe3, 0xba, 0xc3], 1],
  ])('is found: %s', (_, bytes, at) => {
    expect(utf8FaultAt(Buffer.from(bytes))).toBe(at);
    const before = Buffer.from('你'.repeat(5000));
    expect(utf8FaultAt(Buffer.concat([before, Buffer.from(bytes)]))).toBe(before.length + at);
  });

  it('is the end of text in UTF-8', () => {
    expect(utf8FaultAt(Buffer.from('你好'))).toBe(6);
  });
});

describe('a position', () => {
  it('counts lines and characters from 1', () => {
    const text = Buffer.from('{\n\n  "你好": x\n}');
    expect(positionOf(text, 0)).toEqual({ line: 1, column: 1 });
    expect(positionOf(text, text.indexOf('x'))).toEqual({ line: 3, column: 9 });
    expect(positionOf(text, text.length)).toEqual({ line: 4, column: 2 });
  });
});
