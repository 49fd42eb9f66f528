import { type ClientRequest } from '../ports/dialect.js';
import { OPENAI_CHAT } from '../openai-chat/openai-chat.js';
import { OPENAI_EMBEDDINGS } from '../openai-embeddings/openai-embeddings.js';
import { type TokenCounter } from './token-counter.js';
import { BodySize } from './body-size.js';
import { inputTokensOf } from './input-tokens.js';

/** A token for each four characters. */
const counter = {
  count: (texts: readonly string[]) => Promise.resolve(texts.map((text) => Math.ceil(text.length / 4))),
} as unknown as TokenCounter;
const chat = (content: unknown, extra: object = {}): ClientRequest =>
  OPENAI_CHAT.parse(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...extra })),
  );

describe('inputTokensOf', () => {
  it('counts the text of a prompt, and what surrounds it', async () => {
    expect(await inputTokensOf(counter, chat('x'.repeat(40)))).toBe(10 + 7);
  });

  it('counts all texts of a prompt that cannot be read', async () => {
    const odd = chat([{ type: 'odd', odd: 'x'.repeat(400) }]);
    expect(await inputTokensOf(counter, odd)).toBeGreaterThanOrEqual(100);
  });

  it('counts tokens that a client sends as numbers', async () => {
    const body = Buffer.from('{"model":"m","dimensions":9,"input":[[1,2,3],[4]]}');
    expect(await inputTokensOf(counter, OPENAI_EMBEDDINGS.parse(body))).toBe(4);
  });

  it('knows nothing of an upload', async () => {
    expect(await inputTokensOf(counter, { body: Buffer.alloc(0) } as ClientRequest)).toBeUndefined();
  });

  it('counts a large prompt about as it would a small one', async () => {
    const words = 'These are words, as they are often said. '.repeat(20_000);
    const tokens = (await inputTokensOf(counter, chat(words)))!;
    expect(tokens / (words.length / 4)).toBeGreaterThan(0.9);
    expect(tokens / (words.length / 4)).toBeLessThan(1.1);
  });
});

describe('BodySize', () => {
  const sizeOf = (body: string, sliceBytes: number): BodySize => {
    const size = new BodySize();
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += sliceBytes) size.add(bytes.subarray(at, at + sliceBytes));
    return size;
  };

  it.each([1, 7, 100_000])('is the same in slices of %i bytes', (sliceBytes) => {
    const body = JSON.stringify({
      a: 'four "words" 四个字',
      b: [1, 22.5, -3, true],
      c: 'Zz09+/'.repeat(1000),
    });
    const size = sizeOf(body, sliceBytes);
    expect(size.textTokens).toBeCloseTo((3 + 'four "words" '.length) / 4 + 3 / 1.5);
    expect(size.furtherTokens).toBe(3 + 1600);
  });
});
