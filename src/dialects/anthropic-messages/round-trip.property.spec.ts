import fc from 'fast-check';
import { type Part, type Prompt, type ToolResultPart, type Turn } from '../../conversation/prompt.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages.js';

const words = fc.string({ minLength: 1, maxLength: 6 }).map((text) => `a${text}b`);
const cached = <T extends object>(
  part: fc.Arbitrary<T>,
): fc.Arbitrary<T & { cache?: Record<string, unknown> }> =>
  fc
    .tuple(part, fc.boolean())
    .map(([value, isCached]) => (isCached ? { ...value, cache: { type: 'ephemeral' } } : value));
const text = cached(fc.record({ kind: fc.constant('text' as const), text: words }));
const source = fc.oneof(
  fc.constant({ kind: 'url' as const, url: 'https://x.test/a' }),
  fc.constant({ kind: 'data' as const, mediaType: 'application/pdf', data: 'AA==' }),
);
const image = cached(fc.record({ kind: fc.constant('image' as const), source }));
const file = cached(
  fc.record(
    { kind: fc.constant('file' as const), source, name: words },
    { requiredKeys: ['kind', 'source'] },
  ),
);
const id = fc.stringMatching(/^[a-z_0-9]{1,8}$/);
const result: fc.Arbitrary<ToolResultPart> = cached(
  fc.record(
    {
      kind: fc.constant('tool-result' as const),
      id,
      parts: fc.array(fc.oneof(text, image, file), { maxLength: 3 }),
      isError: fc.constant(true),
    },
    { requiredKeys: ['kind', 'id', 'parts'] },
  ),
);
const call = cached(
  fc.record({
    kind: fc.constant('tool-call' as const),
    id,
    name: id,
    arguments: fc
      .dictionary(words, fc.oneof(words, fc.integer(), fc.constant(null)), { maxKeys: 2 })
      .map((input) => JSON.stringify(input)),
  }),
);
const dialect = fc.constant('anthropic-messages');
const thought = fc.oneof(
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: fc.oneof(words, fc.constant('')),
    seal: fc.record({ dialect, value: words }),
  }),
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: fc.constant(''),
    seal: fc.record({ dialect, value: fc.record({ redacted: words }) }),
  }),
);

const userTurn: fc.Arbitrary<Turn> = fc
  .tuple(
    fc.array(result, { maxLength: 2 }),
    fc.array(fc.oneof(text, image, file), { minLength: 1, maxLength: 3 }),
  )
  .map(([results, others]) => ({ role: 'user', parts: [...results, ...others] }));
const assistantTurn: fc.Arbitrary<Turn> = fc
  .array(fc.oneof(text, call, thought) as fc.Arbitrary<Part>, { minLength: 1, maxLength: 4 })
  .map((parts) => ({ role: 'assistant', parts }));

const prompt: fc.Arbitrary<Prompt> = fc
  .record({
    system: fc.array(text, { maxLength: 2 }),
    turns: fc
      .tuple(fc.array(fc.tuple(userTurn, assistantTurn), { maxLength: 3 }), userTurn)
      .map(([pairs, last]) => [...pairs.flat(), last]),
    tools: fc.uniqueArray(
      cached(
        fc.record(
          {
            name: id,
            description: words,
            parameters: fc.constant({ properties: { x: {} }, type: 'object' }),
            isStrict: fc.constant(true),
          },
          { requiredKeys: ['name', 'parameters'] },
        ),
      ),
      { maxLength: 2, selector: ({ name }) => name },
    ),
    sampling: fc.record(
      {
        maxTokens: fc.integer({ min: 1 }),
        temperature: fc.constantFrom(0, 0.5, 1),
        topK: fc.nat(),
        stop: fc.array(words, { minLength: 1, maxLength: 2 }),
        choiceCount: fc.constant(1),
      },
      { requiredKeys: ['maxTokens', 'choiceCount'] },
    ),
    output: fc.oneof(
      fc.constant({ kind: 'text' as const }),
      fc.constant({ kind: 'schema' as const, schema: { type: 'object' } }),
    ),
    user: fc.option(words, { nil: undefined }),
    dropped: fc.constant([]),
  })
  .map(({ user, ...rest }) => ({ ...rest, ...(user !== undefined && { user }) }));

describe('a prompt', () => {
  it('is read back as it was written, nothing being dropped', () => {
    fc.assert(
      fc.property(prompt, (asked) => {
        const { request, dropped } = ANTHROPIC_MESSAGES.request(asked, { model: 'm', isStream: true });
        expect(dropped).toEqual([]);
        const parsed = ANTHROPIC_MESSAGES.parse(request.bodyFor('other'));
        expect(parsed).toMatchObject({ model: 'other', isStream: true });
        expect(parsed.prompt()).toEqual(asked);
      }),
      { numRuns: 300 },
    );
  });
});
