import fc from 'fast-check';
import { type StreamFormat } from '../response/response-mapping.config.js';
import { eventReader } from './event-reader.js';

const cuts = fc.array(fc.nat(), { maxLength: 20 });

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

function readAll(format: StreamFormat, pieces: readonly Buffer[]): unknown[] {
  const reader = eventReader(format);
  const seen = pieces.flatMap((piece) => [...reader.push(piece)]);
  return [...seen, ...reader.end()];
}

/** JSON objects, as text on one line. */
const object = fc
  .dictionary(
    fc.string({ maxLength: 4 }),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.constant(null)),
  )
  .map((value) => JSON.stringify(value));
const word = fc
  .string({ unit: 'grapheme', maxLength: 6 })
  .map((text) => text.replaceAll(/[\r\n]/g, ''))
  // Text that looks like JSON would be parsed, or is half of a document.
  .filter((text) => !/^\s*[{["]/.test(text));
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

describe('the reader of server-sent events', () => {
  const event = fc.record({
    name: fc.option(fc.constantFrom('message', 'done'), { nil: undefined }),
    data: fc.oneof(object, word, fc.constant('[DONE]')),
    comment: fc.boolean(),
  });
  const framed = (
    { name, data, comment }: { name?: string; data: string; comment: boolean },
    end: string,
  ): string =>
    [comment ? ': note' : [], name === undefined ? [] : `event: ${name}`, `data: ${data}`, '', '']
      .flat()
      .join(end);

  it('finds the same events wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(event), lineEnd, cuts, (events, end, places) => {
        const bytes = Buffer.from(events.map((each) => framed(each, end)).join(''));
        const expected = events.map(({ name, data }) => ({
          ...(name !== undefined && { event: name }),
          data: /^\s*[{]/.test(data) ? (JSON.parse(data) as unknown) : data,
        }));
        expect(readAll('sse', [bytes])).toEqual(expected);
        expect(readAll('sse', cutAt(bytes, places))).toEqual(expected);
        expect(
          readAll(
            'sse',
            [...bytes].map((byte) => Buffer.of(byte)),
          ),
        ).toEqual(expected);
      }),
    );
  });

  it('never makes an event of half a JSON document, wherever the stream breaks off', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 1 }), lineEnd, fc.nat(), (documents, end, place) => {
        const bytes = Buffer.from(documents.map((data) => framed({ data, comment: false }, end)).join(''));
        const seen = readAll('sse', [bytes.subarray(0, place % bytes.length)]);
        const expected = documents.map((data) => ({ data: JSON.parse(data) as unknown }));
        expect(seen).toEqual(expected.slice(0, seen.length));
      }),
    );
  });
});

it('makes no event of a stream that breaks off before any data', () => {
  for (const rest of ['d', 'data', 'data:', 'data: ', ': comment']) {
    expect(readAll('sse', [Buffer.from(`data: {"a":1}\n\n${rest}`)])).toEqual([{ data: { a: 1 } }]);
  }
  expect(readAll('sse', [Buffer.from('data: word\n\nevent: done')])).toEqual([
    { data: 'word' },
    { event: 'done', data: '' },
  ]);
});

describe('the reader of JSON lines', () => {
  it('finds the same documents wherever the bytes are cut, and half of none', () => {
    fc.assert(
      fc.property(
        fc.array(object),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        cuts,
        fc.nat(),
        (lines, end, places, place) => {
          const bytes = Buffer.from(lines.map((line) => line + end).join(''));
          const expected = lines.map((line) => JSON.parse(line) as unknown);
          expect(readAll('ndjson', cutAt(bytes, places))).toEqual(expected);
          const seen = readAll('ndjson', [bytes.subarray(0, place % (bytes.length + 1))]);
          expect(seen).toEqual(expected.slice(0, seen.length));
        },
      ),
    );
  });
});

describe('the reader of plain text', () => {
  it('yields every character once, and never splits one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), cuts, (text, places) => {
        const pieces = readAll('text', cutAt(Buffer.from(text), places)) as string[];
        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => !piece.includes('\ufffd'))).toBe(!text.includes('\ufffd'));
      }),
    );
  });
});
