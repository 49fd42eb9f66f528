import fc from 'fast-check';
import { foldReply } from '../../../conversation/fold.js';
import { type Part, type Prompt, type Seal, type Turn } from '../../../conversation/prompt.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject, parseLosslessJson, stringifyJson } from '../../../protocol/json.js';
import { sseEvents } from '../../framing/sse-events.js';
import { ChunkWriter } from '../writing/chunk-writer.js';
import { chatBody } from './chat-body.js';
import { ChunkReader } from './chunk-reader.js';
import { completionDocument } from './completion-document.js';
import { readCompletion } from './completion-reader.js';
import { promptOf } from './prompt-of.js';

const OWN: Seal = { dialect: 'openai-chat', value: 'own' };
const words = fc.constantFrom('a', 'b c', '你好', '🙂 "x"', '\n');
const name = fc.constantFrom('get', 'put');
const data = { kind: 'data', mediaType: 'image/png', data: 'AAAA' } as const;

const text = words.map((said): Part => ({ kind: 'text', text: said }));
const image = fc.constantFrom<Part>(
  { kind: 'image', source: data },
  { kind: 'image', source: { kind: 'url', url: 'https://example.com/a.png' }, detail: 'low' },
);
const audio = fc.constant<Part>({ kind: 'audio', data: 'AAAA', format: 'wav' });
const file = fc.constantFrom<Part>(
  { kind: 'file', source: { kind: 'data', mediaType: 'application/pdf', data: 'AAAA' }, name: 'a.pdf' },
  { kind: 'file', source: { kind: 'id', id: 'file-1' } },
);

/** As a chat could have it: each call is answered in the next turn. */
const turns = fc
  .array(
    fc.record({
      user: fc.array(fc.oneof(text, image, audio, file), { minLength: 1, maxLength: 3 }),
      thought: fc.option(words),
      said: fc.option(words),
      calls: fc.array(fc.record({ name, args: fc.constantFrom('{}', '{"a":1}'), result: fc.option(words) }), {
        maxLength: 3,
      }),
    }),
    { maxLength: 3 },
  )
  .map((rounds) =>
    rounds.flatMap(({ user, thought, said, calls }, round): Turn[] => {
      const id = (at: number): string => `call_${round}_${at}`;
      const reply: Part[] = [
        ...(thought === null ? [] : [{ kind: 'reasoning' as const, text: thought, seal: OWN }]),
        ...(said === null ? [] : [{ kind: 'text' as const, text: said }]),
        ...calls.map((call, at): Part => ({
          kind: 'tool-call',
          id: id(at),
          name: call.name,
          arguments: call.args,
        })),
      ];
      const results = calls.map(({ result }, at): Part => ({
        kind: 'tool-result',
        id: id(at),
        parts: result === null ? [] : [{ kind: 'text', text: result }],
      }));
      return [
        { role: 'user', parts: user },
        ...(reply.length === 0 ? [] : [{ role: 'assistant', parts: reply } as const]),
        ...(results.length === 0 ? [] : [{ role: 'user', parts: results } as const]),
      ];
    }),
  );

const prompts: fc.Arbitrary<Prompt> = fc
  .record({
    system: fc.option(words),
    turns,
    hasTools: fc.boolean(),
    choice: fc.constantFrom('auto', 'none', 'required', undefined),
    isParallel: fc.option(fc.boolean()),
    sampling: fc.record(
      {
        maxTokens: fc.integer({ min: 1 }),
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        stop: fc.array(words, { minLength: 1, maxLength: 4 }),
        seed: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n })),
        frequencyPenalty: fc.constantFrom(-0.5, 0, 1.5),
        choiceCount: fc.constant(1),
      },
      { requiredKeys: ['choiceCount'] },
    ),
    output: fc.constantFrom<Prompt['output']>(
      { kind: 'text' },
      { kind: 'json' },
      { kind: 'schema', name: 'x', schema: { type: 'object' }, isStrict: true },
    ),
    effort: fc.option(fc.constantFrom('low', 'high')),
    user: fc.option(fc.constant('u')),
  })
  .map(({ system, hasTools, choice, isParallel, effort, user, ...others }) => ({
    ...others,
    system: system === null ? [] : [{ kind: 'text', text: system }],
    tools: hasTools
      ? [{ name: 'get', description: 'd', parameters: { type: 'object' }, isStrict: true }]
      : [],
    ...(hasTools && choice !== undefined && { toolChoice: { kind: choice } }),
    ...(hasTools && isParallel !== null && { parallelToolCalls: isParallel }),
    ...(effort !== null && { reasoning: { isEnabled: true, effort } }),
    ...(user !== null && { user }),
    dropped: [],
  }));

/** Pieces of a reply in an order that models have. */
const replies = fc
  .record({
    thoughts: fc.array(fc.record({ pieces: fc.array(words, { maxLength: 3 }), isForeign: fc.boolean() }), {
      maxLength: 2,
    }),
    texts: fc.array(words, { maxLength: 3 }),
    refusal: fc.array(words, { maxLength: 2 }),
    calls: fc.array(fc.record({ name, isCustom: fc.boolean(), isSealed: fc.boolean() }), { maxLength: 3 }),
    counts: fc.option(fc.constant({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 })),
  })
  .map(({ thoughts, texts, refusal, calls, counts }): ReplyEvent[] => {
    const foreign: Seal = { dialect: 'anthropic-messages', value: { redacted: 'x' } };
    const pieces = calls.map((call, index) => ({
      index,
      id: `call_${index}`,
      type: call.isCustom ? 'custom' : 'function',
      name: call.name,
      arguments: call.isCustom ? '*** Begin' : '{"a":',
      ...(call.isSealed && { seal: foreign }),
    }));
    const rest = pieces.map(({ index, type }) => ({
      index,
      arguments: type === 'custom' ? ' End' : `${index}}`,
    }));
    return [
      { kind: 'start', model: 'm', id: 'x' },
      ...thoughts.flatMap((thought): ReplyEvent[] => [
        ...thought.pieces.map((delta): ReplyEvent => ({ kind: 'reasoning', delta })),
        { kind: 'seal', seal: thought.isForeign ? foreign : OWN },
      ]),
      ...texts.map((delta): ReplyEvent => ({ kind: 'text', delta })),
      ...refusal.map((delta): ReplyEvent => ({ kind: 'refusal', delta })),
      ...(calls.length === 0 ? [] : [{ kind: 'tool-calls', pieces } as const]),
      ...(calls.length === 0 ? [] : [{ kind: 'tool-calls', pieces: rest } as const]),
      { kind: 'finish', reason: calls.length === 0 ? 'stop' : 'tool_calls' },
      ...(counts === null ? [] : [{ kind: 'usage', counts } as const]),
      { kind: 'end' },
    ];
  });

function fromStream(events: readonly ReplyEvent[]): ReplyEvent[] {
  const writer = new ChunkWriter(true);
  const stream = events.map((event) => writer.write(event)).join('');
  const reader = new ChunkReader();
  return [...sseEvents(stream)].flatMap((event) => [...reader.read(event)]);
}

const asParsed = (value: JsonObject): JsonObject => parseLosslessJson(stringifyJson(value)) as JsonObject;

describe('the two faces of chat completions', () => {
  it('read back the prompts that they write', () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const { body, dropped } = chatBody(prompt, { model: 'm', isStream: true });
        expect(dropped).toEqual([]);
        expect(promptOf(asParsed(body))).toEqual(prompt);
      }),
      { numRuns: 500 },
    );
  });

  it('read back the replies that they write, as a stream and as a document', () => {
    fc.assert(
      fc.property(replies, (events) => {
        const reply = foldReply(events);
        const document = foldReply(readCompletion(asParsed(completionDocument(events))));
        const stream = foldReply(fromStream(events));
        expect(stream).toEqual(reply);
        expect(document).toEqual(reply);
      }),
      { numRuns: 500 },
    );
  });
});
