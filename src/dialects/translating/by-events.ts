import { foldReply } from '../../conversation/fold.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { excessOf, parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { jsonTypeOf, JSON_TYPE } from '../../upstream/response/response-headers.js';
import { type ClientRequest, type ConversationDialect, type WholeReply } from '../ports/dialect.js';
import { type ReceivedBody, type ReplyGathering, ReportedError } from '../ports/received-reply.js';
import { ReportedFailure, type UpstreamDialect } from '../ports/upstream-dialect.js';
import { SseBoundary } from '../framing/sse-boundary.js';
import { sseEvents } from '../framing/sse-events.js';
import { readUsage } from '../openai-chat/usage.js';

/*
 * What a format that is both spoken by clients and by services needs to turn its own streams into documents and back:
 * all of it goes through the events of replies.
 */

type BothFaces = ConversationDialect & UpstreamDialect;

/** Gathers a stream into a whole reply. */
export class GatheredReply implements ReplyGathering {
  readonly #boundary = new SseBoundary();
  readonly #reader;
  readonly #events: ReplyEvent[] = [];
  #failure: ReportedFailure | undefined;

  constructor(
    private readonly dialect: BothFaces,
    private readonly request: ClientRequest,
  ) {
    this.#reader = dialect.reader();
  }

  get isDone(): boolean {
    return this.#reader.isDone || this.#failure !== undefined;
  }

  /** A reply that is over by its own words is done; no other one is known to be whole. */
  isWholeDespite(): boolean {
    return false;
  }

  read(chunk: Buffer): void {
    const complete = this.#boundary.push(chunk);
    if (complete !== undefined) this.#read(complete);
  }

  finish(): Record<string, unknown> {
    if (!this.isDone) this.#read(this.#boundary.rest());
    if (!this.isDone) this.#events.push(...this.#reader.end());
    if (this.#failure !== undefined) throw this.#failure;
    return this.dialect.document(this.#events, this.request);
  }

  #read(complete: Buffer): void {
    try {
      for (const event of sseEvents(complete.toString())) {
        if (this.isDone) return;
        this.#events.push(...this.#reader.read(event));
      }
    } catch (error) {
      if (!(error instanceof ReportedFailure)) throw error;
      this.#failure = error;
    }
  }
}

/** A whole document of a format as the stream that the client asked for. @throws UpstreamError for what is no reply */
export function documentAsEvents(dialect: BothFaces, document: Buffer, request: ClientRequest): string {
  return streamOf(dialect, parseDocument(document, 200), request);
}

/**
 * A body that was read to its end, as the reply that it is.
 * @throws UpstreamError for what is no reply
 */
export function readWhole(
  dialect: BothFaces,
  { bytes, gathering }: ReceivedBody,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
): WholeReply | ReportedError {
  try {
    if (gathering !== undefined) {
      const document = gathering.finish();
      return new EventReply(dialect, Buffer.from(stringifyJson(document)), JSON_TYPE, document);
    }
    const document = parseDocument(bytes, status);
    return new EventReply(dialect, bytes, jsonTypeOf(headers), document as Record<string, unknown>);
  } catch (error) {
    if (error instanceof ReportedFailure) return new ReportedError(error.error, error.document, false);
    throw error;
  }
}

class EventReply implements WholeReply {
  readonly usage: Usage | undefined;
  readonly #events: readonly ReplyEvent[];

  /** @throws ReportedFailure, UpstreamError */
  constructor(
    private readonly dialect: BothFaces,
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly document: Record<string, unknown>,
  ) {
    this.#events = dialect.read(document);
    const { counts } = foldReply(this.#events);
    this.usage = counts && readUsage(counts);
  }

  get text(): string {
    return foldReply(this.#events)
      .parts.map((part) => (part.kind === 'text' ? part.text : ''))
      .join('');
  }

  toStream(request: ClientRequest): string {
    return streamOf(this.dialect, this.document, request);
  }
}

function streamOf(dialect: BothFaces, document: unknown, request: ClientRequest): string {
  const writer = dialect.writer(request);
  return dialect
    .read(document)
    .map((event) => writer.write(event))
    .join('');
}

function parseDocument(bytes: Buffer, upstreamStatus: number): unknown {
  const value = parseLosslessJson(bytes.toString());
  if (value !== undefined) return value;
  throw new UpstreamError(
    'upstream_invalid_response',
    `The upstream's answer ${excessOf(bytes) ?? 'is not a JSON object'}.`,
    { upstreamStatus },
  );
}
