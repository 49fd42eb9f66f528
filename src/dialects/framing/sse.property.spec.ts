import fc from 'fast-check';
import { SseBoundary } from './sse-boundary.js';
import { sseData, sseEvents } from './sse-events.js';
import { StreamProgress } from '../openai-chat/watching/stream-progress.js';

/** Pieces that combine line ends, empty lines and characters of several bytes in every way. */
const fragment = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\n\r\n',
    '\r\r',
    'data:',
    'data: ',
    'event: ',
    ':',
    '模🙂',
    '{"a":1}',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const stream = fc.array(fragment, { maxLength: 30 }).map((parts) => Buffer.from(parts.join('')));
const rawBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
/** Where to cut; taken modulo the length. */
const cuts = fc.array(fc.nat(), { maxLength: 20 });

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const pieces: Buffer[] = [];
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

function pushAll(pieces: readonly Buffer[]): { complete: Buffer[]; rest: Buffer } {
  const boundary = new SseBoundary();
  const complete = pieces.map((piece) => boundary.push(piece)).filter((bytes) => bytes !== undefined);
  expect(boundary.heldLength).toBe(boundary.rest().length);
  return { complete, rest: boundary.rest() };
}

/** Whether a new event begins after these bytes: the last line is empty, and follows another one. */
function isBetweenEvents(bytes: Buffer): boolean {
  const lines = bytes.toString('latin1').split(/\r\n|\n|\r/);
  return lines.length > 2 && lines.at(-1) === '' && lines.at(-2) === '';
}

describe('the boundary between events', () => {
  it('keeps every byte, in order, wherever the reads are cut', () => {
    fc.assert(
      fc.property(fc.oneof(stream, rawBytes), cuts, (bytes, places) => {
        const { complete, rest } = pushAll(cutAt(bytes, places));
        expect(Buffer.concat([...complete, rest])).toEqual(bytes);
      }),
    );
  });

  it('passes the same bytes on, however the reads are cut', () => {
    fc.assert(
      fc.property(fc.oneof(stream, rawBytes), cuts, (bytes, places) => {
        const whole = pushAll([bytes]);
        expect(pushAll(cutAt(bytes, places)).rest).toEqual(whole.rest);
        expect(pushAll([...bytes].map((byte) => Buffer.of(byte))).rest).toEqual(whole.rest);
      }),
    );
  });

  it('never passes on half an event', () => {
    fc.assert(
      fc.property(fc.oneof(stream, rawBytes), cuts, (bytes, places) => {
        let passed = 0;
        for (const piece of pushAll(cutAt(bytes, places)).complete) {
          passed += piece.length;
          expect(isBetweenEvents(bytes.subarray(0, passed))).toBe(true);
        }
      }),
    );
  });

  it('holds nothing back that is whole, in each of the three ways to end a line', () => {
    const event = fc.array(fc.constantFrom('data: 模', ': comment', 'event: x', 'data'), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom('\n', '\r\n', '\r'), cuts, (events, end, places) => {
        const text = events.map((lines) => lines.map((line) => line + end).join('') + end).join('');
        expect(pushAll(cutAt(Buffer.from(text), places)).rest.length).toBe(0);
      }),
    );
  });

  it('lets the events be read piece by piece as if at once', () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, places) => {
        const { complete, rest } = pushAll(cutAt(bytes, places));
        const pieces = [...complete, rest].map((piece) => piece.toString());
        expect(pieces.flatMap((piece) => [...sseEvents(piece)])).toEqual([...sseEvents(bytes.toString())]);
        expect(pieces.flatMap((piece) => [...sseData(piece)])).toEqual([...sseData(bytes.toString())]);
      }),
    );
  });
});

describe('the progress of a stream', () => {
  const choice = fc.record(
    {
      index: fc.nat({ max: 2 }),
      delta: fc.record({ content: fc.string() }),
      finish_reason: fc.constantFrom(null, 'stop', 'length'),
    },
    { requiredKeys: ['index'] },
  );
  const chunk = fc.record(
    {
      choices: fc.array(choice, { maxLength: 2 }),
      usage: fc.constantFrom(null, { prompt_tokens: 1, completion_tokens: 2 }),
      error: fc.constantFrom(null, 'failed', { message: 'failed "finish_reason": "stop"' }),
    },
    { requiredKeys: ['choices'] },
  );
  type Chunk = typeof chunk extends fc.Arbitrary<infer T> ? T : never;
  const end = fc.constantFrom('\n', '\r\n', '\r');
  const indent = fc.constantFrom(undefined, 1);

  function framed(data: string, lineEnd: string): string {
    return (
      data
        .split('\n')
        .map((line) => `data: ${line}${lineEnd}`)
        .join('') + lineEnd
    );
  }

  it('is the same however the reads are cut, and what the chunks say', () => {
    fc.assert(
      fc.property(
        fc.array(chunk),
        fc.boolean(),
        end,
        indent,
        cuts,
        (chunks: Chunk[], isDone, lineEnd, space, places) => {
          const events = chunks.map((each) => framed(JSON.stringify(each, undefined, space), lineEnd));
          if (isDone) events.push(framed('[DONE]', lineEnd));
          // More than one choice: each event is read, so that everything that began is known.
          const progress = new StreamProgress(3);
          const { complete, rest } = pushAll(cutAt(Buffer.from(events.join('')), places));
          expect(rest.length).toBe(0);
          for (const piece of complete) progress.read(piece);

          const choices = chunks.flatMap((each) => each.choices);
          const finished = new Set(
            choices.filter((each) => typeof each.finish_reason === 'string').map((each) => each.index),
          );
          expect(progress).toMatchObject({
            hasData: events.length > 0,
            isDone,
            hasError: chunks.some((each) => each.error !== undefined && each.error !== null),
            isFinished: finished.size > 0 && choices.every((each) => finished.has(each.index)),
          });
          const usage = chunks
            .map((each) => each.usage)
            .filter((each) => each !== undefined && each !== null);
          expect(progress.saidUsage).toEqual(usage.at(-1));
        },
      ),
    );
  });

  it('needs only the few events that end something if there is one choice', () => {
    const one = fc.record(
      { delta: fc.record({ content: fc.string() }), finish_reason: fc.constantFrom(null, 'stop') },
      { requiredKeys: ['delta'] },
    );
    fc.assert(
      fc.property(fc.array(one), indent, cuts, (choices, space, places) => {
        const text = choices
          .map((each) => framed(JSON.stringify({ choices: [{ index: 0, ...each }] }, undefined, space), '\n'))
          .join('');
        const progress = new StreamProgress(1);
        for (const piece of pushAll(cutAt(Buffer.from(text), places)).complete) progress.read(piece);
        expect(progress.isFinished).toBe(choices.some((each) => each.finish_reason === 'stop'));
      }),
    );
  });
});
