import { parseExactJson, parseLosslessJson } from './json.js';

const LONG = '12345678901234567890';

describe.each([
  ['parseExactJson', parseExactJson, LONG],
  ['parseLosslessJson', parseLosslessJson, BigInt(LONG)],
])('%s', (_name, parse, exact) => {
  it('keeps every digit of integers, and texts as they are', () => {
    const text = `{"id":${LONG},"list":[-${LONG},1.5,9007199254740991,1e3],"text":"\\"${LONG}"}`;
    expect(parse(text)).toEqual({
      id: exact,
      list: [typeof exact === 'bigint' ? -exact : `-${LONG}`, 1.5, 9007199254740991, 1000],
      text: `"${LONG}`,
    });
  });

  it('reads nothing but JSON', () => {
    for (const text of ['', '{', `${LONG}x`, `{"id":${LONG}`]) expect(parse(text)).toBeUndefined();
  });
});

it('reads a number beyond the range of doubles as a text, or not at all', () => {
  expect(parseExactJson('{"n":1e999}')).toEqual({ n: '1e999' });
  expect(parseLosslessJson('{"n":1e999}')).toBeUndefined();
});
