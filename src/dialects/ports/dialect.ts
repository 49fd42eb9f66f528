import { type IncomingHttpHeaders } from 'node:http';
import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { type ErrorFormat } from '../../protocol/errors/error-format.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type RateLimitFormat } from '../../protocol/rate-limits.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type Repeatable } from './repeatable.js';
import { type TokenCounter } from '../counting/token-counter.js';
import { type DialectRequest, type WireFormat } from './wire-format.js';
import { type ModelsFormat } from './models-format.js';
import { type ReplyWatch, type WatchOptions } from './reply-watch.js';
import {
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReportedError,
} from './received-reply.js';

/**
 * A client's request as its dialect reads it, with its bytes unchanged; only the fields that the
 * gateway reads are checked.
 */
export interface ClientRequest extends DialectRequest {
  readonly dialect: Dialect;
  readonly model: string;
  readonly body: Buffer;
  /** The client's limit of new tokens, over all choices; undefined: it sets none. */
  readonly outputLimit?: number | undefined;
  /** Number of choices or images that the service generates, at least 1; undefined: one. */
  readonly replyCount?: number | undefined;
  /**
   * The same request without a field that a service has refused, if the gateway itself can provide
   * the field's effect.
   * @param refusal the service's message
   * @returns undefined if it refuses something else
   */
  adaptedTo?(refusal: string): ClientRequest | undefined;
  /**
   * Absent in formats that do not require a limit of new tokens.
   * @param defaultLimit the model's `max_tokens`
   * @throws InvalidRequestError if neither the client nor the model sets one
   */
  checkLimit?(defaultLimit: number | undefined): void;
  /**
   * Whether part of an upload was sent, so that it cannot be sent again: there are no further
   * attempts.
   */
  readonly isSpent?: boolean;
}

/** A request that can be read into a prompt. */
export interface PromptedRequest extends ClientRequest {
  /**
   * The request independent of its format; read if a service of another format is called.
   * @throws InvalidRequestError for anything that cannot be translated and must not be lost
   */
  prompt(): Prompt;
}

/** A request that can be translated for services of other formats. */
export interface ConversationRequest extends PromptedRequest {
  readonly dialect: ConversationDialect;
}

export function isPrompted(request: ClientRequest): request is PromptedRequest {
  return 'prompt' in request;
}

export function isConversation(request: ClientRequest): request is ConversationRequest {
  return isPrompted(request) && 'writer' in request.dialect;
}

/** The smallest call of a wire format, used to test models. */
export interface Trial {
  /** @param word a short text */
  body(model: string, word: string): object;
  /**
   * The result for people, such as `1 vector of 256 numbers`.
   * @throws UpstreamError for a reply without content
   */
  result(reply: TrialReply): string;
}

/** The reply to a trial. */
export interface TrialReply {
  /** Undefined for raw bytes and streams. */
  readonly whole: WholeReply | undefined;
  readonly byteCount: number;
  readonly contentType: string;
}

/**
 * One wire format of clients. Routing and relaying know replies only by this port; `request` is
 * always one that the dialect itself has parsed.
 */
export interface Dialect extends WireFormat {
  /** The route of its requests, such as `/v1/chat/completions`. */
  readonly route: string;
  /** The Swagger documentation of the route. */
  readonly docs: MethodDecorator;
  /** How failures of the gateway are reported to its clients. */
  readonly errors: ErrorFormat;
  /** The header in which its clients expect the request id, in addition to `x-request-id`. */
  readonly requestIdHeader?: string;
  /** How clients learn the rest of their limits; default: as in OpenAI's API. */
  readonly rateLimits?: RateLimitFormat;
  /** Which of its responses may be cached; default: none. */
  readonly repeatable?: Repeatable;
  /** The accepted forms of request bodies; default: only JSON. */
  readonly bodyForms?: readonly BodyForm[];
  /**
   * A header that all its clients send. On routes without a wire format, the header selects this
   * format for the response.
   */
  readonly mark?: string;
  /** The list of models for clients with this mark; default: as in OpenAI's API. */
  readonly models?: ModelsFormat;
  /** How a model is tested; absent if another format is used for that, or if no call is cheap. */
  readonly trial?: Trial;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the invalid field, TooManyValuesError
   */
  parse(body: Buffer, limits: ScanLimits): ClientRequest;

  /**
   * The gateway's own response, as JSON, for models whose service does not support the operation;
   * absent: there is none.
   */
  substitute?(request: PromptedRequest, counter: TokenCounter): Promise<object>;

  /** Observes a stream that passes through to the client. */
  watch(request: ClientRequest, options?: WatchOptions): ReplyWatch;

  /** Gathers a stream into a complete reply. */
  gather(request: ClientRequest): ReplyGathering;

  /**
   * The first event of a stream.
   * @param events complete events
   * @returns undefined if they have no content yet, for example comments
   */
  firstEvent(events: Buffer): FirstEvent | undefined;

  /**
   * Whether lines of JSON are a stream of the dialect in another framing; one line suffices to
   * tell.
   */
  beginsStream(lines: Buffer): boolean;

  /**
   * A complete JSON document as the stream that the client requested; an error as the event that
   * reports it.
   * @throws UpstreamError if it is neither an error nor a reply
   */
  documentAsEvents(document: Buffer, request: ClientRequest): string;

  /**
   * Reads a complete body as a reply.
   * @throws UpstreamError for anything that is not a reply
   */
  readWhole(
    body: ReceivedBody,
    request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError | Promise<WholeReply | ReportedError>;

  /**
   * The form in which an accepted response is passed on. Default: as the request asks, a stream of
   * events or a document that is read completely.
   */
  replyForm?(headers: IncomingHttpHeaders): ReplyForm;
}

/** `form`: `multipart/form-data`, which is sent on while it arrives. */
export type BodyForm = 'json' | 'form';

/** `bytes` are passed on unread: audio, or plain text. */
export type ReplyForm = 'events' | 'document' | 'bytes';

/** A wire format whose replies can be written from reply events. */
export interface ConversationDialect extends Dialect {
  parse(body: Buffer, limits: ScanLimits): PromptedRequest;

  /** The names of what the last event or a citation contains and the format cannot express. */
  loses?(event: ReplyEvent): readonly string[];

  /** Writes a reply as a stream, event by event. */
  writer(request: ClientRequest): ReplyWriter;

  /**
   * Writes a complete reply as one JSON document.
   * @param events `start` first, `end` last
   */
  document(events: readonly ReplyEvent[], request: ClientRequest): Record<string, unknown>;
}

export interface ReplyWriter {
  /**
   * @param event `start` first, `end` last
   * @returns the bytes for the client; may be empty
   */
  write(event: ReplyEvent): string;
}

/** A complete reply: its bytes for the client, and their meaning. */
export interface WholeReply {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly usage: Usage | undefined;
  /**
   * The object that the bytes contain.
   * @throws UpstreamError if the reply passed as bytes and has too many values to be parsed
   */
  readonly document: Record<string, unknown>;
  /**
   * The text of the first choice; empty for a reply without text, such as a tool call.
   * @throws UpstreamError
   */
  readonly text: string;
  /**
   * The reply as the stream that the client requested.
   * @throws UpstreamError
   */
  toStream(request: ClientRequest): string;
}
