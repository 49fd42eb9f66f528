import { type Citation } from '../../conversation/reply.js';
import { GEMINI } from './gemini.js';

const PAGE = { uri: 'https://example.org', title: 'example.org' };
const SOURCE = { url: PAGE.uri, title: PAGE.title };

/** The sources that are read of responses, and the names of what is lost. */
function read(...candidates: object[]): { readonly citations: Citation[]; readonly lost: readonly string[] } {
  const lost = new Set<string>();
  const reader = GEMINI.reader(lost);
  const events = candidates.flatMap((candidate) =>
    reader.read({ data: JSON.stringify({ candidates: [candidate] }) }),
  );
  events.push(...reader.read({ data: '{"candidates":[{"finishReason":"STOP"}]}' }), ...reader.end());
  const citations = events.flatMap((event) => (event.kind === 'citation' ? [event.citation] : []));
  return { citations, lost: [...lost] };
}
const said = (text: string, groundingMetadata: object) => ({
  content: { parts: [{ text }] },
  groundingMetadata,
});

describe('sources of a reply of Gemini', () => {
  it('have their places in characters, which the service counts in bytes', () => {
    const text = 'Größe 🙂 雨 ok';
    for (const words of ['Größe', '🙂', '雨', 'ok', '🙂 雨']) {
      const start = text.indexOf(words);
      const startIndex = Buffer.byteLength(text.slice(0, start));
      const segment = { startIndex, endIndex: startIndex + Buffer.byteLength(words), text: words };
      const support = { segment, groundingChunkIndices: [0] };
      expect(
        read(said(text, { groundingChunks: [{ web: PAGE }], groundingSupports: [support] })).citations,
      ).toEqual([{ ...SOURCE, start, end: start + words.length }]);
    }
  });

  it('cover the whole reply if their segment is invalid or missing', () => {
    const whole = { ...SOURCE, start: 0, end: 4 };
    for (const segment of [
      { startIndex: 1, endIndex: 99 },
      { startIndex: 0, endIndex: 2, text: 'other' },
      { startIndex: -1, endIndex: 2 },
      undefined,
    ]) {
      const groundingSupports = [{ segment, groundingChunkIndices: [0, 7, 'x'] }];
      expect(read(said('text', { groundingChunks: [{ web: PAGE }], groundingSupports })).citations).toEqual([
        whole,
      ]);
    }
    expect(read(said('text', { groundingChunks: [{ maps: PAGE }] })).citations).toEqual([whole]);
  });

  it('may be counted within one of several parts, thoughts aside', () => {
    const groundingSupports = [
      { segment: { partIndex: 2, startIndex: 3, endIndex: 5, text: 'cd' }, groundingChunkIndices: [0] },
    ];
    const parts = [{ text: 'hm', thought: true }, { text: 'ä, ' }, { text: 'ab cd' }];
    const groundingMetadata = { groundingChunks: [{ web: PAGE }], groundingSupports };
    expect(read({ content: { parts }, groundingMetadata }).citations).toEqual([
      { ...SOURCE, start: 6, end: 8 },
    ]);
  });

  it('are reported once, with the text of the source', () => {
    const text = 'words of the source';
    const grounded = said('a', { groundingChunks: [{ retrievedContext: { ...PAGE, text } }] });
    expect(read(grounded, { ...grounded, content: { parts: [] } }).citations).toEqual([
      { ...SOURCE, quote: text, start: 0, end: 1 },
    ]);
  });

  it('may be works that the text repeats', () => {
    const { citations } = read({
      content: { parts: [{ text: 'ä poem' }] },
      citationMetadata: { citationSources: [{ startIndex: 3, endIndex: 7, uri: 'u' }] },
    });
    expect(citations).toEqual([{ url: 'u', start: 2, end: 6 }]);
  });

  it('are reported as lost if they have no address, together with their other fields', () => {
    const { citations, lost } = read({
      content: { parts: [{ text: 'a' }] },
      groundingMetadata: {
        groundingChunks: [{ retrievedContext: { title: 't' } }, 7],
        searchEntryPoint: { renderedContent: '<div>' },
      },
      citationMetadata: { citations: [{ license: 'mit' }] },
    });
    expect(citations).toEqual([]);
    expect(lost.toSorted()).toEqual([
      'response.citationMetadata',
      'response.groundingChunks',
      'response.license',
      'response.searchEntryPoint',
    ]);
  });

  it('take no more than a bound together: many places may name one long source, and each part may say all again', () => {
    const text = 'x'.repeat(100_000);
    const groundingChunks = [{ retrievedContext: { ...PAGE, text } }];
    const groundingSupports = Array.from({ length: 1000 }, (_, at) => ({
      segment: { startIndex: at, endIndex: at + 1 },
      groundingChunkIndices: [0],
    }));
    const once = read(said('a'.repeat(2000), { groundingChunks, groundingSupports }));
    const often = read(...Array.from({ length: 100 }, () => said('a', { groundingChunks })));
    for (const { citations, lost } of [once, often]) {
      expect(citations.length).toBeGreaterThan(0);
      expect(JSON.stringify(citations).length).toBeLessThan(4_100_000);
      expect(lost).toEqual(['response.groundingMetadata']);
    }
  });

  it('have places in a text of many parts that is not ASCII', () => {
    const parts = Array.from({ length: 50_000 }, () => ({ text: 'ä雨' }));
    const groundingSupports = Array.from({ length: 5000 }, (_, at) => ({
      segment: { partIndex: 10 * at, startIndex: 2, endIndex: 5, text: '雨' },
      groundingChunkIndices: [0],
    }));
    const { citations } = read({
      content: { parts },
      groundingMetadata: { groundingChunks: [{ web: PAGE }], groundingSupports },
    });
    expect(citations).toHaveLength(5000);
    expect(citations[4999]).toEqual({ ...SOURCE, start: 99_981, end: 99_982 });
  });
});
