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

/** A client's request as read by its dialect: checked where the gateway reads it, with its bytes unchanged. */
export interface ClientRequest extends DialectRequest {
  readonly dialect: Dialect;
  readonly model: string;
  readonly body: Buffer;
  /** New tokens that the client allows at most, over all choices; undefined: it sets no limit. */
  readonly outputLimit?: number | undefined;
  /** How many choices or images the service makes for it, at least 1; undefined: one. */
  readonly replyCount?: number | undefined;
  /**
   * The same request without a field that a service has refused, where the gateway itself provides what the field asks
   * for. @param refusal the service's words. @returns undefined where it refuses something else
   */
  adaptedTo?(refusal: string): ClientRequest | undefined;
  /**
   * Absent in formats that need no limit of new tokens.
   * @param defaultLimit the model's `max_tokens`
   * @throws InvalidRequestError where neither the client nor the model sets one
   */
  checkLimit?(defaultLimit: number | undefined): void;
  /** Part of an upload has been sent and cannot be sent again: there are no further attempts. */
  readonly isSpent?: boolean;
}

/** A request that can be read into a prompt. */
export interface PromptedRequest extends ClientRequest {
  /**
   * The request independent of its format; read when a service of another format is called.
   * @throws InvalidRequestError for what cannot be translated, and must not be lost
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

/** The smallest call of a wire format, for tests of models. */
export interface Trial {
  /** @param word a short text */
  body(model: string, word: string): object;
  /** The result for people, such as `1 vector of 256 numbers`. @throws UpstreamError for a reply that says nothing */
  result(reply: TrialReply): string;
}

/** The reply to a trial. */
export interface TrialReply {
  /** Undefined for bytes and streams. */
  readonly whole: WholeReply | undefined;
  readonly byteCount: number;
  readonly contentType: string;
}

/**
 * One wire format as clients speak it. Routing and relaying know replies by this port alone; `request` is always one
 * that the dialect itself has read.
 */
export interface Dialect extends WireFormat {
  /** Where clients send its requests, such as `/v1/chat/completions`. */
  readonly route: string;
  /** What Swagger UI shows of this route. */
  readonly docs: MethodDecorator;
  /** How a failure of the gateway is reported to its clients. */
  readonly errors: ErrorFormat;
  /** The header in which its clients look for the request's id, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** How clients learn what is left of their limits; default: as in OpenAI's API. */
  readonly rateLimits?: RateLimitFormat;
  /** Which of its responses may be given again; default: none. */
  readonly repeatable?: Repeatable;
  /** The forms of its request bodies; default: JSON alone. */
  readonly bodyForms?: readonly BodyForm[];
  /** A header that all its clients send: on routes without a wire format it selects this one for the response. */
  readonly mark?: string;
  /** The model list for clients with this mark; default: as in OpenAI's API. */
  readonly models?: ModelsFormat;
  /** How a model is tested; absent where another format does, or where no call is cheap. */
  readonly trial?: Trial;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the field at fault, TooManyValuesError
   */
  parse(body: Buffer, limits: ScanLimits): ClientRequest;

  /** The gateway's own response, as JSON, for models whose service has no such operation; absent: there is none. */
  substitute?(request: PromptedRequest, counter: TokenCounter): Promise<object>;

  /** Watches a stream that passes on to the client. */
  watch(request: ClientRequest, options?: WatchOptions): ReplyWatch;

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

  /**
   * A body that was read to its end, as the reply that it is.
   * @throws UpstreamError for what is no reply
   */
  readWhole(
    body: ReceivedBody,
    request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError | Promise<WholeReply | ReportedError>;

  /**
   * In which form an accepted response is handed on; without it, as the request asks for it: a stream of events, or a
   * document that is read to its end.
   */
  replyForm?(headers: IncomingHttpHeaders): ReplyForm;
}

/** `form`: `multipart/form-data`, which goes up while it comes. */
export type BodyForm = 'json' | 'form';

/** `bytes` are passed on unread: audio, or plain text. */
export type ReplyForm = 'events' | 'document' | 'bytes';

/** A wire format whose replies can be written from reply events. */
export interface ConversationDialect extends Dialect {
  parse(body: Buffer, limits: ScanLimits): PromptedRequest;

  /** The names of what an event that ends a reply, or names a source, says and the format has no place for. */
  loses?(event: ReplyEvent): readonly string[];

  /** Writes a reply as a stream, event by event. */
  writer(request: ClientRequest): ReplyWriter;

  /** Writes a whole reply as one JSON document. @param events `start` first, `end` last */
  document(events: readonly ReplyEvent[], request: ClientRequest): Record<string, unknown>;
}

export interface ReplyWriter {
  /**
   * @param event `start` first, `end` last
   * @returns what the client gets for it, perhaps nothing
   */
  write(event: ReplyEvent): string;
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
