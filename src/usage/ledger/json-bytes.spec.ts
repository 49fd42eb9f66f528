import fc from 'fast-check';
import { JsonBytes } from './json-bytes.js';

function written(write: (json: JsonBytes) => void): string {
  // Room for all is made on the way.
  const json = new JsonBytes(0);
  write(json);
  return json.written.toString();
}

describe('JSON in bytes', () => {
  it('has numbers as JSON.stringify writes them', () => {
    const edges = [
      0,
      9.9,
      10,
      999_999_999.9,
      1e9,
      1e9 + 0.1,
      1e13,
      1e14,
      1e15 + 1,
      2 ** 53 - 1,
      1e21,
      -1,
      -0.1,
    ];
    for (const value of [...edges, -0, 0.05, 1e-7, NaN, Infinity, -Infinity])
      expect(written((json) => json.number(value))).toBe(JSON.stringify(value));
    const kinds = [fc.nat(), fc.maxSafeNat(), fc.double(), fc.maxSafeNat().map((tenths) => tenths / 10)];
    fc.assert(
      fc.property(fc.oneof(...kinds), (value) => {
        expect(written((json) => json.number(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('has texts as JSON.stringify writes them, and null for an empty one', () => {
    const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\n', ''));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const lines = Buffer.from(`${one}\n${other}\n`);
        let next = 0;
        const json = written((to) => (next = to.line(lines, to.line(lines, 0))));
        expect(json).toBe([one, other].map((each) => (each === '' ? 'null' : JSON.stringify(each))).join(''));
        expect(next).toBe(lines.length);
      }),
    );
  });

  it('repeats the bytes between two offsets', () => {
    expect(
      written((json) => {
        json.value(Buffer.from('"雨"'));
        json.mark(0x2c);
        json.again(0, 5);
      }),
    ).toBe('"雨","雨"');
  });
});
