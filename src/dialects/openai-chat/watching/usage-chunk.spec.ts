import * as fc from 'fast-check';
import { withoutUsage } from './usage-chunk.js';

const CHUNK = 'data: {"choices":[{"index":0,"delta":{"content":"\\"usage\\":{}, ü"}}],"usage":null}\n\n';
const USAGE = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":3}}\n\n';

describe('withoutUsage', () => {
  it.each([
    ['the usage alone', USAGE, ''],
    ['the usage without choices', 'data: {"usage": {"prompt_tokens":3}}\r\n\r\n', ''],
    [
      'the usage between others',
      `${CHUNK}: ping\n\n${USAGE}data: [DONE]\n\n`,
      `${CHUNK}: ping\n\ndata: [DONE]\n\n`,
    ],
    ['the usage without an empty line', `${CHUNK}${USAGE.trimEnd()}`, CHUNK],
  ])('takes out %s', (_what, events, kept) => {
    expect(withoutUsage(Buffer.from(events)).toString()).toBe(kept);
  });

  it.each([
    ['words', CHUNK],
    ['a choice', 'data: {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":3}}\n\n'],
    ['an error', 'data: {"error":{"message":"no"},"choices":[],"usage":{"prompt_tokens":3}}\n\n'],
    ["a filter's findings", 'data: {"choices":[],"prompt_filter_results":[{"usage":{}}]}\n\n'],
    ['no JSON', 'data: {"usage":{"prompt_tokens":\n\n'],
  ])('keeps the bytes of %s', (_what, events) => {
    const bytes = Buffer.from(events);
    expect(withoutUsage(bytes)).toBe(bytes);
  });

  it('keeps every other byte of the stream', () => {
    const others = fc.array(fc.constantFrom(CHUNK, ': ü\n\n', 'data: [DONE]\r\n\r\n', 'event: x\n\n'));
    fc.assert(
      fc.property(others, others, (before, after) => {
        const [head, tail] = [before.join(''), after.join('')];
        expect(withoutUsage(Buffer.from(head + USAGE + tail)).toString()).toBe(head + tail);
      }),
    );
  });
});
