import fc from 'fast-check';
import { parseLosslessJson } from '../../../protocol/json.js';
import { sseEvents } from '../../framing/sse-events.js';
import { messageEvents } from './message-events.js';
import { MessageGathering } from './message-gathering.js';

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as unknown);
const object = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), json, { noNullPrototype: true });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const BLOCKS = [
  fc.record({
    type: fc.constant('text'),
    text,
    citations: optional(fc.option(fc.array(object))),
    x: optional(json),
  }),
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: optional(text) }),
  fc.record({ type: fc.constant('redacted_thinking'), data: text }),
  fc.record({
    type: fc.constantFrom('tool_use', 'server_tool_use', 'mcp_tool_use', 'still_to_come'),
    id: text,
    name: text,
    input: object,
    caller: optional(object),
  }),
  fc.record({ type: fc.constant('web_search_tool_result'), tool_use_id: text, content: fc.array(object) }),
  fc.record({
    type: fc.constant('compaction'),
    content: fc.option(text),
    encrypted_content: optional(fc.option(text)),
  }),
  object.map((fields) => ({ ...fields, type: 'of_the_future' })),
];
const message = fc
  .record({
    id: text,
    type: fc.constant('message'),
    role: fc.constant('assistant'),
    model: text,
    content: fc.array(fc.oneof(...BLOCKS)),
    stop_reason: fc.constantFrom('end_turn', 'tool_use', 'pause_turn', 'still_to_come'),
    stop_sequence: fc.option(text),
    stop_details: optional(fc.option(object)),
    container: optional(fc.option(object)),
    context_management: optional(object),
    input_transformations: optional(fc.array(object)),
    of_the_future: optional(json),
    usage: fc.record({
      input_tokens: fc.nat(),
      output_tokens: fc.nat(),
      server_tool_use: optional(fc.option(object)),
      iterations: optional(fc.array(object)),
    }),
  })
  // As JSON has it.
  .map((value) => parseLosslessJson(JSON.stringify(value)) as Record<string, unknown>);

function gathered(stream: string, size = stream.length): Record<string, unknown> {
  const gathering = new MessageGathering('m');
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += size) gathering.read(bytes.subarray(at, at + size));
  expect(gathering.isDone).toBe(true);
  return gathering.finish();
}

describe('a message as a document and as a stream', () => {
  it('is the same for any content, and for any cut of the stream', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 99 }), (whole, size) => {
        expect(gathered(messageEvents(whole), size)).toEqual(whole);
      }),
    );
  });

  it('keeps the order that the format wants of events', () => {
    fc.assert(
      fc.property(message, (whole) => {
        const types = [...sseEvents(messageEvents(whole))].map(({ event, data }) => {
          expect(parseLosslessJson(data)).toMatchObject({ type: event });
          return event!;
        });
        expect(
          types.join(' ').replaceAll(/content_block_(?:start|delta|stop)/g, (name) => name.slice(14)),
        ).toMatch(/^message_start (?:start (?:delta )*stop )*message_delta message_stop$/);
      }),
    );
  });
});
