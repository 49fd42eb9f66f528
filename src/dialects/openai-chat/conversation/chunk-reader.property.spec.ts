import fc from 'fast-check';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvent, sseEvents } from '../../framing/sse-events.js';
import {
  type Delta,
  type Habits,
  chunksOf,
  habits,
  isClear,
  meant,
} from '../../../../test/support/deviating-service.js';
import { SSE_DONE } from '../done.js';
import { CompletionBuilder } from '../gathering/completion-builder.js';
import { ChunkReader } from './chunk-reader.js';
import { readCompletion } from './completion-reader.js';

function read(stream: Buffer, cuts: readonly number[]): ReplyEvent[] {
  const reader = new ChunkReader();
  const boundary = new SseBoundary();
  const events: ReplyEvent[] = [];
  const take = (bytes: Buffer): void => {
    for (const event of sseEvents(bytes.toString())) events.push(...reader.read(event));
  };
  const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  for (const place of [...places, stream.length]) {
    const complete = boundary.push(stream.subarray(at, place));
    at = place;
    if (complete !== undefined) take(complete);
  }
  take(boundary.rest());
  return [...events, ...reader.end()];
}

const streamOf = (chunks: readonly Delta[]) => Buffer.from(chunks.map(sseEvent).join('') + SSE_DONE);

function gathered(chunks: readonly Delta[]): Record<string, unknown> {
  const builder = new CompletionBuilder();
  for (const chunk of chunks) builder.add(JSON.parse(JSON.stringify(chunk)) as Delta);
  return builder.build(true);
}

/** Without ids, which may be made up, and in an order of its own: calls that are said in turns begin in any. */
function foldOf(events: readonly ReplyEvent[]) {
  const { parts, ...reply } = foldReply(events);
  const calls = parts.filter((part) => part.kind === 'tool-call').map((call) => ({ ...call, id: '' }));
  const sorted = calls.sort((a, b) => (a.arguments < b.arguments ? -1 : 1));
  return { ...reply, parts: parts.filter((part) => part.kind !== 'tool-call'), calls: sorted };
}

/** What no reader may break, whatever comes. */
function expectGrammar(events: readonly ReplyEvent[]): void {
  expect(events.filter(({ kind }) => kind === 'start')).toHaveLength(1);
  expect(events[0]!.kind).toBe('start');
  const kinds = events.map(({ kind }) => kind);
  const last = kinds.indexOf('finish');
  expect(last).toBeGreaterThan(0);
  expect(['finish,end', 'finish,usage,end']).toContain(kinds.slice(last).join());
  const ids: string[] = [];
  for (const event of events) {
    if ('delta' in event) expect(event.delta).not.toBe('');
    if (event.kind !== 'tool-calls') continue;
    for (const { index, id, type, name } of event.pieces) {
      if (ids[index] !== undefined) {
        expect([id, type, name]).toEqual([undefined, undefined, undefined]);
        continue;
      }
      expect(index).toBe(ids.length);
      expect(id).toEqual(expect.stringMatching(/./));
      expect(name).toEqual(expect.stringMatching(/./));
      expect(type).toMatch(/^(?:function|custom)$/);
      expect(ids).not.toContain(id);
      ids.push(id!);
    }
  }
}

describe('ChunkReader', () => {
  it('reads of a deviating service what a gathered reply holds, or refuses', () => {
    let readCount = 0;
    fc.assert(
      fc.property(meant, habits, (reply, habit) => {
        fc.pre(isClear(reply, habit));
        const chunks = chunksOf(reply, habit);
        let events: ReplyEvent[];
        try {
          events = read(streamOf(chunks), []);
        } catch (error) {
          expect(error).toBeInstanceOf(UpstreamError);
          return;
        }
        readCount++;
        expectGrammar(events);
        expect(foldOf(events)).toEqual(foldOf(readCompletion(gathered(chunks))));
      }),
      { numRuns: 2000 },
    );
    expect(readCount).toBeGreaterThan(1600);
  });

  it('never refuses a service that distinguishes its calls by index', () => {
    fc.assert(
      fc.property(meant, habits, fc.constantFrom('right', 'blocks', 'text'), (reply, habit, indices) => {
        const tidy = { ...habit, indices } as Habits;
        fc.pre(isClear(reply, tidy));
        const chunks = chunksOf(reply, tidy);
        expect(foldOf(read(streamOf(chunks), []))).toEqual(foldOf(readCompletion(gathered(chunks))));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads the same wherever a stream is cut', () => {
    fc.assert(
      fc.property(meant, habits, fc.array(fc.nat(), { maxLength: 30 }), (reply, habit, cuts) => {
        const tidy = { ...habit, indices: 'right', ids: 'first' } as Habits;
        fc.pre(isClear(reply, tidy));
        const stream = streamOf(chunksOf(reply, tidy));
        expect(read(stream, cuts)).toEqual(read(stream, []));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the grammar or fails with a message, for any chunks', () => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('', 'a', ' ', '{', '{}', '{"a":1}', null, 0, 1, true) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    );
    const entry = fc.record(
      {
        index: value,
        id: value,
        type: value,
        function: fc.oneof(fc.record({ name: value, arguments: value }, { requiredKeys: [] }), value),
        custom: fc.oneof(fc.record({ name: value, input: value }, { requiredKeys: [] }), value),
        extra_content: fc.oneof(fc.constant({ google: { thought_signature: 's' } }), value),
      },
      { requiredKeys: [] },
    );
    const part = fc.record(
      {
        type: fc.constantFrom('text', 'thinking', 'refusal', 'image'),
        text: value,
        thinking: value,
        refusal: value,
      },
      { requiredKeys: [] },
    );
    const message = fc.record(
      {
        role: value,
        content: fc.oneof(value, fc.array(part, { maxLength: 3 })),
        refusal: value,
        reasoning: value,
        reasoning_content: value,
        reasoning_details: fc.array(
          fc.record({ type: value, text: value, signature: value, data: value }, { requiredKeys: [] }),
          { maxLength: 2 },
        ),
        tool_calls: fc.oneof(fc.array(fc.oneof(entry, value), { maxLength: 3 }), value),
        function_call: fc.oneof(fc.record({ name: value, arguments: value }), value),
      },
      { requiredKeys: [] },
    );
    const choice = fc.record(
      {
        index: fc.oneof(fc.constant(0), value),
        delta: fc.oneof(message, value),
        message: fc.oneof(message, value),
        text: value,
        finish_reason: fc.oneof(fc.constantFrom('stop', 'length', 'tool_calls'), value),
        usage: value,
      },
      { requiredKeys: [] },
    );
    const chunk = fc.record(
      {
        id: value,
        model: value,
        object: fc.constantFrom('chat.completion.chunk', 'chat.completion'),
        choices: fc.oneof(fc.array(fc.oneof(choice, value), { maxLength: 2 }), value),
        usage: fc.oneof(fc.record({ prompt_tokens: value, completion_tokens: value }), value),
      },
      { requiredKeys: [] },
    );
    let readCount = 0;
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), (chunks) => {
        for (const way of [() => read(streamOf(chunks as Delta[]), []), () => readCompletion(chunks[0])]) {
          let events: readonly ReplyEvent[];
          try {
            events = way();
          } catch (error) {
            expect(error instanceof UpstreamError || error instanceof ReportedFailure).toBe(true);
            continue;
          }
          readCount++;
          expectGrammar(events);
        }
      }),
      { numRuns: 3000 },
    );
    expect(readCount).toBeGreaterThan(500);
  });
});
