import { type ReplyEvent } from '../conversation/reply.js';
import { type Usage } from '../conversation/usage.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type BodyKind } from '../upstream/response/body-kind.js';
import { type SecretRedactor } from '../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type SseBoundary } from './framing/sse-boundary.js';

/** A client's request as its dialect has read it: checked where the gateway reads it, bytes kept. */
export interface ClientRequest {
  readonly dialect: Dialect;
  readonly model: string;
  readonly isStream: boolean;
  readonly body: Buffer;
  /** The name of the client that sent it; empty where nobody did. Work that clients wait for is shared out by it. */
  owner: string;
}

/**
 * One wire format, as clients speak it and as replies come in it. Routing and relaying know replies by this port
 * alone; `request` is always one that the dialect itself has read.
 */
export interface Dialect {
  /** Watches a stream that passes on to the client. */
  watch(request: ClientRequest): ReplyWatch;

  /** Gathers a stream into a whole reply. */
  gather(request: ClientRequest): ReplyGathering;

  /**
   * What a stream begins with.
   * @param events complete ones
   * @returns undefined where they say nothing yet, such as comments
   */
  firstEvent(events: Buffer): FirstEvent | undefined;

  /** Whether JSON in lines is a stream of the dialect in another framing; one line is enough to tell. */
  beginsStream(lines: Buffer): boolean;

  /**
   * A whole JSON document as the stream that the client asked for; an error as the event that reports it.
   * @throws UpstreamError where it is neither an error nor a reply
   */
  documentAsEvents(document: Buffer, request: ClientRequest): string;

  /** Writes a reply as a stream, event by event. */
  writer(request: ClientRequest): ReplyWriter;

  /**
   * A body that was read to its end, as the reply that it is.
   * @throws UpstreamError for what is no reply
   */
  readWhole(
    body: ReceivedBody,
    request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError;
}

/**
 * The eyes on a stream that passes byte by byte: whether there is data, whether it is over, an error, the usage; and
 * the bytes that end it honestly.
 */
export interface ReplyWatch {
  /** More than comments has come. */
  readonly hasData: boolean;
  /** The reply has ended, by its own words or with an error: nothing that follows belongs to it. */
  readonly isOver: boolean;
  /** The first error that the upstream reported; undefined: none so far. */
  readonly error: unknown;
  /** The event that reported it, as parsed. */
  readonly errorEvent: unknown;
  readonly usage: Usage | undefined;

  /**
   * Looks at events on their way.
   * @param events begins and ends between events
   * @param sent the request, whose secrets must not come back in an error
   * @returns what the client gets of them
   */
  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer;

  /** Whether the unfinished event is the one that ends a reply: what would complete it may never come. */
  holdsEnd(boundary: SseBoundary): boolean;

  /** Whether a last event that nothing completed is whole all the same. */
  isWhole(rest: Buffer): boolean;

  /**
   * What is still to be said where no more comes.
   * @param code of the failure that ended the connection; undefined where it ended in order
   * @returns empty where all is said; undefined where the reply is not complete
   */
  ending(code?: string | null): string | undefined;

  /** How a failure of the gateway is reported inside a stream. */
  failure(error: GatewayError): string;
}

export interface ReplyWriter {
  /**
   * @param event `start` first, `end` last
   * @returns what the client gets for it, perhaps nothing
   */
  write(event: ReplyEvent): string;
}

export interface ReplyGathering {
  /** Nothing that follows belongs to the reply. */
  readonly isDone: boolean;
  /** Whether the stream was complete, and its connection alone went on or broke. */
  isWholeDespite(code: string | null): boolean;
  /** @throws UpstreamError for an event that cannot be one, or is ambiguous */
  read(chunk: Buffer): void;
  /**
   * @returns the reply as one document, or what reported an error
   * @throws UpstreamError for a stream that broke off
   */
  finish(): Record<string, unknown>;
}

export interface FirstEvent {
  /** What it reports; undefined where it is no error. */
  readonly error: unknown;
  /** As parsed. */
  readonly event: unknown;
}

/** A body that was read to its end. */
export interface ReceivedBody {
  /** Empty where the body was a stream. */
  readonly bytes: Buffer;
  /** Where it was one: all of it. */
  readonly gathering: ReplyGathering | undefined;
  /** What it is by its bytes. */
  readonly kind: BodyKind;
}

/** A whole reply, as bytes for the client and as what they say. */
export interface WholeReply {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly usage: Usage | undefined;
  /**
   * As the object that the bytes spell.
   * @throws UpstreamError where it passed as bytes and has too many values to be built
   */
  readonly document: Record<string, unknown>;
  /** The words of the first choice; empty for a reply of something else, such as a tool call. @throws UpstreamError */
  readonly text: string;
  /** As the stream that the client asked for. @throws UpstreamError */
  toStream(request: ClientRequest): string;
}

/** An error that came under a good status. */
export class ReportedError {
  constructor(
    readonly error: unknown,
    readonly document: unknown,
    /** It is in no known format: words that may mean anything. */
    readonly isBare: boolean,
  ) {}
}
