import { BUILT_LIMITS } from '../../../protocol/json.js';
import { ChunkGathering } from './chunk-gathering.js';
import { MOST_CALLS } from './tool-calls.js';

const event = (delta: string) => Buffer.from(`data: {"choices":[{"index":0,"delta":${delta}}]}\n\n`);
const OBJECTS = `[${'{},'.repeat(50_000)}{}]`;

describe('ChunkGathering', () => {
  afterEach(() => jest.restoreAllMocks());

  it('builds an event once, and copies its values by no way that costs more than that', () => {
    const parse = jest.spyOn(JSON, 'parse');
    const clone = jest.spyOn(globalThis, 'structuredClone');
    const gathering = new ChunkGathering(1);
    gathering.read(event(`{"x":${OBJECTS}}`));
    expect(parse.mock.calls.filter(([text]) => text.length > 1000)).toHaveLength(1);
    expect(clone).not.toHaveBeenCalled();
    gathering.read(Buffer.from('data: [DONE]\n\n'));
    expect(gathering.finish()).toMatchObject({ choices: [{ message: { x: JSON.parse(OBJECTS) } }] });
  });

  it('keeps a key that would be the prototype of a copy', () => {
    const gathering = new ChunkGathering(1);
    gathering.read(event('{"x":[{"__proto__":{"a":1}}]}'));
    gathering.read(Buffer.from('data: [DONE]\n\n'));
    expect(JSON.stringify(gathering.finish())).toContain('{"__proto__":{"a":1}}');
  });

  it('names the depth limit for an event that is nested too deeply', () => {
    const deep = `${'['.repeat(2000)}${']'.repeat(2000)}`;
    expect(() => new ChunkGathering(1).read(event(`{"x":${deep}}`))).toThrow(
      `is nested deeper than ${BUILT_LIMITS.depth} levels`,
    );
  });

  it('keeps the text of an error that is not JSON', () => {
    const gathering = new ChunkGathering(1);
    gathering.read(Buffer.from('event: error\ndata: out of memory\n\n'));
    expect(gathering.finish()).toEqual({ error: 'out of memory' });
  });

  it('finds the item that a piece continues at once, however many there are', () => {
    let looks = 0;
    const items = Array.from({ length: 20_000 }, (_, index) => ({ index, text: 'a' }));
    const integer = Number.isInteger;
    jest.spyOn(Number, 'isInteger').mockImplementation((value) => {
      looks++;
      return integer(value);
    });
    const gathering = new ChunkGathering(1);
    gathering.read(event(JSON.stringify({ parts: items })));
    gathering.read(event(JSON.stringify({ parts: items.toReversed() })));
    gathering.read(Buffer.from('data: [DONE]\n\n'));
    const completion = gathering.finish() as { choices: { message: { parts: unknown[] } }[] };
    expect(looks).toBeLessThan(20 * items.length);
    expect(completion.choices[0]!.message.parts).toEqual(items.map(({ index }) => ({ index, text: 'aa' })));
  });

  it('refuses more tool calls than a message can mean, however they come', () => {
    const calls = Array.from({ length: MOST_CALLS + 1 }, (_, index) => ({
      index,
      id: `c${index}`,
      function: { name: 'f', arguments: '{}' },
    }));
    const fits = new ChunkGathering(1);
    fits.read(event(JSON.stringify({ tool_calls: calls.slice(1) })));
    const words = `more than ${MOST_CALLS} tool calls`;
    expect(() => fits.read(event(JSON.stringify({ tool_calls: calls.slice(0, 1) })))).toThrow(words);
    expect(() => new ChunkGathering(1).read(event(JSON.stringify({ tool_calls: calls })))).toThrow(words);
  });
});
