import { SseBoundary } from './sse-boundary.js';

const EVENTS = [
  'data: {"a":"你好 🙂"}\n\n',
  ': comment\n\n',
  'event: x\r\ndata: 1\r\ndata: 2\r\n\r\n',
  'data: mixed\n\r\n',
  'data: old\r\r',
  '\n\n',
  'data: [DONE]\n\n',
];
const WHOLE = Buffer.from(EVENTS.join(''));
const UNFINISHED = Buffer.from('data: {"half');

/** The positions at which events end, in bytes. */
const ENDS = EVENTS.reduce<number[]>(
  (ends, event) => [...ends, (ends.at(-1) ?? 0) + Buffer.byteLength(event)],
  [],
);

describe('SseBoundary', () => {
  it('passes on whole events only, wherever the bytes are cut in two', () => {
    const stream = Buffer.concat([WHOLE, UNFINISHED]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const boundary = new SseBoundary();
      const parts = [boundary.push(stream.subarray(0, cut)), boundary.push(stream.subarray(cut))];
      let passed = 0;
      for (const part of parts) {
        if (part === undefined) continue;
        passed += part.length;
        expect([
          cut,
          ENDS.includes(passed) || WHOLE[passed - 1] === 0x0a || WHOLE[passed - 1] === 0x0d,
        ]).toEqual([cut, true]);
      }
      expect(Buffer.concat(parts.filter((part) => part !== undefined)).equals(WHOLE)).toBe(true);
      expect(boundary.rest().equals(UNFINISHED)).toBe(true);
    }
  });

  it.each([1, 2, 3, 5, 64])('loses and invents nothing in pieces of %i bytes', (size) => {
    const boundary = new SseBoundary();
    const passed: Buffer[] = [];
    for (let at = 0; at < WHOLE.length; at += size) {
      const part = boundary.push(WHOLE.subarray(at, at + size));
      if (part !== undefined) passed.push(part);
    }
    expect(Buffer.concat([...passed, boundary.rest()]).equals(WHOLE)).toBe(true);
    expect(boundary.heldLength).toBe(0);
  });

  it('hands on the very bytes that came when they end with an event', () => {
    const chunk = Buffer.from('data: 1\n\ndata: 2\n\n');
    expect(new SseBoundary().push(chunk)).toBe(chunk);
  });

  it('holds an event that does not end, and gives its length', () => {
    const boundary = new SseBoundary();
    expect(boundary.push(Buffer.from('data: a\n'))).toBeUndefined();
    expect(boundary.push(Buffer.from(''))).toBeUndefined();
    expect(boundary.push(Buffer.from('data: b\n'))).toBeUndefined();
    expect(boundary.heldLength).toBe(16);
    expect(boundary.push(Buffer.from('\ndata: c'))!.toString()).toBe('data: a\ndata: b\n\n');
  });
});
