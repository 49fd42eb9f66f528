import fc from 'fast-check';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { GatewayError } from '../../../errors/gateway-error.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';
import { responseEvents } from '../passing/response-events.js';
import { RESPONSE, SAID, readAll, sse } from '../../../../test/support/dialects/read-response.js';

describe('the reply in a response', () => {
  it('is the same wherever the stream is cut', () => {
    const bytes = Buffer.from(responseEvents(RESPONSE));
    const whole = readAll(bytes.toString());
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
        const reader = OPENAI_RESPONSES.reader();
        const boundary = new SseBoundary();
        const events: ReplyEvent[] = [];
        let start = 0;
        for (const end of [...places.toSorted((a, b) => a - b), bytes.length]) {
          const complete = boundary.push(bytes.subarray(start, end));
          start = end;
          if (complete === undefined) continue;
          for (const event of sseEvents(complete.toString())) events.push(...reader.read(event));
        }
        expect(events).toEqual(whole);
      }),
    );
  });

  it('is read once, whichever events say it', () => {
    const kinds = [
      'response.created',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.custom_tool_call_input.delta',
      'response.refusal.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.output_item.done',
    ];
    const all = [...sseEvents(responseEvents(RESPONSE))].map(({ data }) => JSON.parse(data) as JsonObject);
    fc.assert(
      fc.property(fc.subarray(kinds), (left) => {
        const kept = all.filter(({ type }) => !left.includes(String(type)));
        const reply = foldReply(readAll(sse(...kept)));
        expect(reply.parts.filter(({ kind }) => kind !== 'reasoning')).toEqual(
          expect.arrayContaining(SAID.parts.slice(1)),
        );
        expect(reply.parts.length).toBeLessThanOrEqual(5);
        expect(reply).toMatchObject({ refusal: SAID.refusal, finish: SAID.finish, counts: SAID.counts });
      }),
    );
  });

  it('begins with its start and throws nothing unexpected, for any events', () => {
    const types = [...new Set([...sseEvents(responseEvents(RESPONSE))].map(({ event }) => event!))];
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, 0, 1, 'x', '', {}, [], RESPONSE.output[0], RESPONSE.output[3]),
      fc.jsonValue(),
    );
    const event = fc.record(
      {
        type: fc.constantFrom(...types),
        output_index: value,
        item_id: value,
        item: value,
        part: value,
        delta: value,
        text: value,
        arguments: value,
        response: value,
        content_index: value,
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (sent) => {
        const reader = OPENAI_RESPONSES.reader();
        const events: ReplyEvent[] = [];
        try {
          for (const each of sent) events.push(...reader.read({ data: JSON.stringify(each) }));
        } catch (error) {
          expect(error instanceof GatewayError || error instanceof ReportedFailure).toBe(true);
        }
        expect(events.findIndex(({ kind }) => kind === 'start')).toBeLessThanOrEqual(0);
        expect(events.filter(({ kind }) => kind === 'start').length).toBe(events.length > 0 ? 1 : 0);
        const end = events.findIndex(({ kind }) => kind === 'end');
        expect(end === -1 || end === events.length - 1).toBe(true);
        const indexes = events.flatMap((each) => (each.kind === 'tool-calls' ? each.pieces : []));
        expect(indexes.every(({ index }) => Number.isInteger(index))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
