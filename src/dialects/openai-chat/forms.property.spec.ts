import fc from 'fast-check';
import { parseLosslessJson } from '../../protocol/json.js';
import { completionToStream } from './writing/completion-stream.js';
import { ChunkGathering } from './gathering/chunk-gathering.js';

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as unknown);
const object = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), json, { noNullPrototype: true });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const token = fc.record({
  token: text,
  logprob: fc.integer(),
  bytes: fc.option(fc.array(fc.nat(255))),
  top_logprobs: fc.array(object),
});

const message = fc.record({
  role: fc.constant('assistant'),
  content: fc.option(text),
  refusal: optional(fc.option(text)),
  reasoning_content: optional(text),
  annotations: optional(fc.array(fc.record({ type: fc.constant('url_citation'), url_citation: object }))),
  audio: optional(fc.option(fc.record({ id: text, data: text, expires_at: fc.nat(), transcript: text }))),
  images: optional(fc.array(fc.record({ type: fc.constant('image_url'), image_url: object }))),
  of_the_future: optional(json),
  tool_calls: optional(
    fc.array(
      fc.record({
        id: text,
        type: fc.constant('function'),
        function: fc.record({ name: text, arguments: object.map((value) => JSON.stringify(value)) }),
        extra: optional(object),
      }),
      { minLength: 1 },
    ),
  ),
});
const completion = fc
  .record({
    id: text,
    object: fc.constant('chat.completion'),
    created: fc.nat(),
    model: text,
    service_tier: optional(text),
    of_the_future: optional(json),
    choices: fc.array(
      fc.record({
        message,
        finish_reason: fc.constantFrom('stop', 'length', 'tool_calls'),
        logprobs: fc.option(
          fc.record({ content: fc.option(fc.array(token)), refusal: fc.option(fc.array(token)) }),
        ),
        of_the_future: optional(json),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    usage: optional(
      fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
    ),
  })
  .map(
    ({ choices, ...head }) =>
      parseLosslessJson(
        JSON.stringify({ ...head, choices: choices.map((choice, index) => ({ index, ...choice })) }),
      ) as Record<string, unknown>,
  );

describe('a completion as a document and as a stream', () => {
  it('is the same for any content', () => {
    fc.assert(
      fc.property(completion, (whole) => {
        const gathering = new ChunkGathering((whole['choices'] as unknown[]).length);
        gathering.read(Buffer.from(completionToStream(whole, true)));
        expect(gathering.finish()).toEqual(whole);
      }),
    );
  });
});
