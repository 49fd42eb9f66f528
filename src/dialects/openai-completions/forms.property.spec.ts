import fc from 'fast-check';
import { parseLosslessJson } from '../../protocol/json.js';
import { OPENAI_COMPLETIONS } from './openai-completions.js';

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as unknown);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const logprobs = fc.record({
  tokens: fc.array(text),
  token_logprobs: fc.array(fc.option(fc.integer())),
  text_offset: fc.array(fc.nat()),
});
const completion = fc
  .record({
    id: text.filter((id) => id !== ''),
    object: fc.constant('text_completion'),
    model: text.filter((model) => model !== ''),
    of_the_future: json,
    choices: fc.array(
      fc.record({
        text,
        logprobs: fc.option(logprobs),
        finish_reason: fc.constantFrom('stop', 'length'),
        of_the_future: json,
      }),
      { minLength: 1, maxLength: 3 },
    ),
    usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() }),
  })
  .map(
    ({ choices, ...head }) =>
      parseLosslessJson(
        JSON.stringify({ ...head, choices: choices.map((choice, index) => ({ ...choice, index })) }),
      ) as Record<string, unknown>,
  );

describe('a completion of a text as a document and as a stream', () => {
  it('is the same for any content', () => {
    fc.assert(
      fc.property(completion, (whole) => {
        const count = (whole['choices'] as unknown[]).length;
        const request = OPENAI_COMPLETIONS.parse(
          Buffer.from(
            JSON.stringify({ model: 'm', prompt: 'x', n: count, stream_options: { include_usage: true } }),
          ),
        );
        const gathering = OPENAI_COMPLETIONS.gather(request);
        const document = Buffer.from(
          JSON.stringify(whole, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
        );
        gathering.read(Buffer.from(OPENAI_COMPLETIONS.documentAsEvents(document, request)));
        expect(gathering.finish()).toEqual(parseLosslessJson(document.toString()));
      }),
    );
  });
});
