import { type IncomingHttpHeaders } from 'node:http';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { completionToStream } from '../../dialects/openai-chat/completion-stream.js';
import { errorOf } from '../../protocol/error-shape.js';
import { excessOf, isJsonObject, parseLosslessJson } from '../../protocol/json.js';
import { type AnswerSink } from '../../upstream/response/answer-sink.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { answerTooLong } from '../../upstream/response/collect.js';
import { type OpenedAnswer } from '../../upstream/response/opened-answer.js';
import { sseEvent } from '../../dialects/framing/sse-events.js';

const LF = 0x0a;

export interface EventAnswerOptions {
  /** The client asked for a chunk with the token counts. */
  readonly wantsUsage: boolean;
  /** `limits.answer`: a document is held up to this size. */
  readonly maxAnswerBytes: number;
}

/**
 * An answer as a stream of events, whatever its label says: events pass byte by byte, a JSON document becomes the
 * events that it means, and JSON in lines becomes one event for each line.
 */
export class EventAnswer implements AnswerSource {
  constructor(
    private readonly answer: OpenedAnswer,
    private readonly options: EventAnswerOptions,
  ) {}

  get status(): number {
    return this.answer.status;
  }

  get headers(): IncomingHttpHeaders {
    return this.answer.headers;
  }

  get usage(): unknown {
    return this.answer.usage;
  }

  readTo(sink: AnswerSink): void {
    const { answer, options } = this;
    answer.whenBegun(() => {
      const { kind } = answer;
      answer.readTo(
        kind === undefined || kind === 'events' ? sink : new DocumentReader(sink, answer, options),
      );
    });
  }

  readAll(limitBytes: number): Promise<Buffer> {
    return this.answer.readAll(limitBytes);
  }

  firstByte(): void {
    this.answer.firstByte();
  }

  resume(): void {
    this.answer.resume();
  }

  done(): void {
    this.answer.done();
  }

  abort(reason: GatewayError): void {
    this.answer.abort(reason);
  }
}

/** Reads what is not an event stream, where one was expected. */
class DocumentReader implements AnswerSink {
  readonly #held = new ByteCollector();
  /** Each line is a chunk; undefined until the first line has ended. */
  #isLines: boolean | undefined;

  constructor(
    private readonly sink: AnswerSink,
    private readonly answer: OpenedAnswer,
    private readonly options: EventAnswerOptions,
  ) {}

  onData(chunk: Buffer): boolean {
    this.answer.firstByte();
    const { maxAnswerBytes } = this.options;
    const end = this.#isLines === false ? 0 : chunk.lastIndexOf(LF) + 1;
    if (end === 0) this.#held.append(chunk);
    else {
      this.#held.append(chunk.subarray(0, end));
      const lines = this.#held.all();
      this.#isLines ??= beginsWithChunk(lines);
      if (this.#isLines) this.#held.take();
      this.#held.append(chunk.subarray(end));
      if (this.#isLines) return this.sink.onData(Buffer.from(eventsOf(lines)));
    }
    if (this.#held.length > maxAnswerBytes) {
      this.answer.abort(answerTooLong(maxAnswerBytes));
    }
    return true;
  }

  onEnd(): void {
    const rest = this.#held.take();
    if (this.#isLines === true || beginsWithChunk(rest)) {
      if (rest.length > 0) this.sink.onData(Buffer.from(eventsOf(rest)));
      this.sink.onEnd();
      return;
    }
    const value = parseLosslessJson(rest.toString());
    const error = errorOf(value, true);
    if (error !== undefined) this.sink.onData(Buffer.from(`event: error\n${sseEvent(value)}`));
    else if (isJsonObject(value) && Array.isArray(value['choices'])) {
      this.sink.onData(Buffer.from(completionToStream(value, this.options.wantsUsage)));
    } else {
      const excess = excessOf(rest);
      this.sink.onError(
        invalid(excess === undefined ? notAStream(this.answer.kind) : `The upstream's answer ${excess}.`),
      );
      return;
    }
    this.sink.onEnd();
  }

  onError(error: GatewayError): void {
    this.sink.onError(error);
  }
}

/** JSON chunks in lines as an event stream; undefined where the first line is no chunk. */
export function linesAsEvents(bytes: Buffer): Buffer | undefined {
  return beginsWithChunk(bytes) ? Buffer.from(eventsOf(bytes)) : undefined;
}

/** One JSON document in each line, as `data` of one event in each. */
function eventsOf(lines: Buffer): string {
  let events = '';
  for (const line of lines.toString().split('\n')) {
    const text = line.trim();
    if (text !== '') events += `data: ${text}\n\n`;
  }
  return events;
}

/** Whether the first line is a chunk of a stream by itself. */
export function beginsWithChunk(lines: Buffer): boolean {
  const end = lines.indexOf(LF);
  return isChunk(parseLosslessJson(lines.toString('utf8', 0, end < 0 ? lines.length : end)));
}

/** Whether a document is one chunk of a stream. */
export function isChunk(value: unknown): boolean {
  if (!isJsonObject(value) || !Array.isArray(value['choices'])) return false;
  const first: unknown = value['choices'][0];
  if (first === undefined) return value['object'] === 'chat.completion.chunk';
  return isJsonObject(first) && isJsonObject(first['delta']) && !isJsonObject(first['message']);
}

function notAStream(kind: OpenedAnswer['kind']): string {
  switch (kind) {
    case 'markup':
      return "The upstream's answer is a page of markup, not a stream of events.";
    case 'text':
      return "The upstream's answer is plain text, not a stream of events.";
    default:
      return "The upstream's answer is neither a stream of events nor a chat completion.";
  }
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
