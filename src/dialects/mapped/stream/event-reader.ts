import { StringDecoder } from 'node:string_decoder';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { ByteCollector } from '../../../protocol/byte-collector.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { excessOf, parseLosslessJson } from '../../../protocol/json.js';
import { type StreamFormat } from '../response/response-mapping.config.js';
import { holdsDone, isDone } from '../../openai-chat/done.js';

const LF = 0x0a;

/** Finds the events in a stream's bytes, each as the input of the expressions. */
export interface EventReader {
  /** Bytes of an unfinished event. */
  readonly heldLength: number;
  /** @throws UpstreamError for bytes that cannot be an event */
  push(chunk: Buffer): Iterable<unknown>;
  /** Returns the last event if it is complete although nothing marks its end. */
  end(): Iterable<unknown>;
}

export function eventReader(format: StreamFormat): EventReader {
  if (format === 'sse') return new SseReader();
  return format === 'ndjson' ? new LineReader() : new TextReader();
}

class SseReader implements EventReader {
  readonly #boundary = new SseBoundary();
  /**
   * Whether the unfinished event was returned already: it is `[DONE]`, and its empty line may never
   * come.
   */
  #isDoneSaid = false;

  get heldLength(): number {
    return this.#boundary.heldLength;
  }

  *push(chunk: Buffer): Iterable<unknown> {
    const complete = this.#boundary.push(chunk);
    if (complete !== undefined) yield* this.#inputs(complete);
    if (this.#isDoneSaid || !holdsDone(this.#boundary)) return;
    yield* this.#inputs(this.#boundary.rest());
    this.#isDoneSaid = true;
  }

  *#inputs(events: Buffer): Iterable<unknown> {
    for (const event of sseEvents(events.toString())) {
      if (this.#isDoneSaid) this.#isDoneSaid = false;
      else yield inputOf(event);
    }
  }

  *end(): Iterable<unknown> {
    if (this.#isDoneSaid) return;
    for (const event of sseEvents(this.#boundary.rest().toString())) {
      // The event was cut off right after `data:`.
      if (event.data === '' && event.event === undefined) continue;
      const input = inputOf(event);
      if (!isHalfJson(event.data, input.data)) yield input;
    }
  }
}

/**
 * Only data that begins with a brace, a bracket or a quote is parsed as JSON: `data: 42` may be a
 * word of a text.
 */
function inputOf({ event, id, data }: SseEvent): { event?: string; id?: string; data: unknown } {
  const json = /^\s*[{["]/.test(data) ? parseLosslessJson(data) : undefined;
  return {
    ...(event !== undefined && { event }),
    ...(id !== undefined && { id }),
    data: json === undefined ? data : json,
  };
}

function isHalfJson(text: string, value: unknown): boolean {
  return typeof value === 'string' && /^\s*[{[]/.test(text);
}

/** One JSON document per line. */
class LineReader implements EventReader {
  readonly #held = new ByteCollector();

  get heldLength(): number {
    return this.#held.length;
  }

  *push(chunk: Buffer): Iterable<unknown> {
    const end = chunk.lastIndexOf(LF) + 1;
    this.#held.append(chunk.subarray(0, end === 0 ? undefined : end));
    if (end === 0) return;
    const lines = this.#held.take().toString();
    this.#held.append(chunk.subarray(end));
    for (const line of lines.split('\n')) {
      if (line.trim() === '' || isDone(line)) continue;
      // `trim` also removes a byte order mark: some services write one before each line.
      const value = parseLosslessJson(line.trim());
      if (value === undefined) {
        const why = excessOf(line) ?? 'is not JSON';
        throw new UpstreamError('upstream_invalid_response', `A line of the upstream's stream ${why}.`);
      }
      yield value;
    }
  }

  *end(): Iterable<unknown> {
    const value = parseLosslessJson(this.#held.take().toString().trim());
    if (value !== undefined) yield value;
  }
}

/** Plain text as it arrives; a character may be cut anywhere. */
class TextReader implements EventReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly heldLength = 0;

  *push(chunk: Buffer): Iterable<unknown> {
    const text = this.#decoder.write(chunk);
    if (text !== '') yield text;
  }

  *end(): Iterable<unknown> {
    const text = this.#decoder.end();
    if (text !== '') yield text;
  }
}
