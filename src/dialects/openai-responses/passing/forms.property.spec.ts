import fc from 'fast-check';
import { parseLosslessJson, stringifyJson } from '../../../protocol/json.js';
import { responseEvents } from './response-events.js';
import { ResponseGathering } from './response-gathering.js';

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as unknown);
const object = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), json, { noNullPrototype: true });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const part = fc.oneof(
  fc.record({
    type: fc.constant('output_text'),
    text,
    annotations: fc.array(object),
    logprobs: fc.option(fc.array(object), { nil: undefined }),
  }),
  object.map((fields) => ({ ...fields, type: 'of_the_future' })),
);
const item = fc.oneof(
  fc.record({
    type: fc.constant('message'),
    id: text,
    role: fc.constant('assistant'),
    content: fc.array(part),
  }),
  fc.record({ type: fc.constant('image_generation_call'), id: text, result: text }),
  fc.record({ type: fc.constant('function_call'), call_id: text, name: text, arguments: text }),
  fc.record({ type: fc.constant('reasoning'), summary: fc.array(object), encrypted_content: text }),
  object.map((fields) => ({ ...fields, type: 'of_the_future' })),
);
const response = fc
  .record({
    id: text,
    object: fc.constant('response'),
    status: fc.constantFrom('completed', 'incomplete'),
    output: fc.array(item),
    usage: fc.option(object),
    of_the_future: json,
  })
  .map((value) => parseLosslessJson(JSON.stringify(value)) as Record<string, unknown>);

function gathered(stream: string): unknown {
  const gathering = new ResponseGathering();
  gathering.read(Buffer.from(stream));
  return gathering.finish();
}

describe('a response as a document and as a stream', () => {
  it('is the same for any content, even if the last event omits the items', () => {
    fc.assert(
      fc.property(response, (whole) => {
        const stream = responseEvents(whole);
        expect(gathered(stream)).toEqual(whole);
        const last = stream.lastIndexOf('data: ');
        const end = { type: 'response.completed', response: { ...whole, output: [] } };
        expect(gathered(`${stream.slice(0, last)}data: ${stringifyJson(end)}\n\n`)).toEqual(whole);
      }),
    );
  });
});
