import { type IncomingHttpHeaders } from 'node:http';
import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type ErrorFormat } from '../../protocol/error-format.js';
import { type ScanLimits } from '../../protocol/json-scan.js';
import { type Operation } from '../../protocol/operation.js';
import { type RateLimitFormat } from '../../protocol/rate-limits.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type BodyKind } from '../../upstream/response/body-kind.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';
import { type UpstreamRequest, type Upload } from '../../upstream/upstream-request.js';
import { type TextSample } from '../counting/text-sample.js';
import { type Repeatable } from './repeatable.js';
import { type SseBoundary } from '../framing/sse-boundary.js';
import { type TokenCounter } from '../counting/token-counter.js';

/** One wire format of one operation; `name` is the one in `speaks:` and the log. */
export interface WireFormat {
  readonly name: string;
  readonly operation: Operation;

  /**
   * Where services have it, below `base_url`, such as `/chat/completions`.
   * @param model the service's name of the model, for formats that have it in the path
   */
  path(model: string, isStream: boolean): string;

  /** Where services list their models, below `base_url`; default: as OpenAI-compatible ones do. */
  readonly modelsPath?: string;
  /** Headers that its services require, lower-case names; headers of the client and the model override them. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * What the document or the event that reports a failure says of its use.
   * @param document as parsed; it may be anything
   */
  failedUsage?(document: unknown): Usage | undefined;
  /** Prefix of the client headers that belong to the format; they are sent to services that speak it. */
  readonly headerPrefix?: string;
}

/** A model's default limit of new tokens, and the field for it. */
export interface TokenLimit {
  readonly field: string;
  readonly value: number;
}

/** A request in one wire format, for a service that speaks it. */
export interface DialectRequest {
  readonly dialect: WireFormat;
  readonly isStream: boolean;
  /** Name of the client; empty for requests of the gateway itself. Queues share their capacity by it. */
  owner: string;
  /** Whether the usage of a stream is asked for; undefined in formats that have no word for it. */
  readonly wantsUsage?: boolean | undefined;

  /**
   * The bytes for the service: unchanged except for the model's name and, if the client set no limit of new tokens,
   * the configured default.
   * @param asks whether the usage of the stream is asked for though the client has not
   */
  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit, asks?: boolean): Buffer;

  /** Present if the request is streamed to the service: its bytes, available once, with the model's name replaced. */
  uploadFor?(upstreamModel: string): Upload;
}

/** A client's request as read by its dialect: checked where the gateway reads it, with its bytes unchanged. */
export interface ClientRequest extends DialectRequest {
  readonly dialect: Dialect;
  readonly model: string;
  readonly body: Buffer;
  /** New tokens that the client allows at most, over all choices; undefined: it sets no limit. */
  readonly outputLimit?: number | undefined;
  /**
   * The same request without a field that a service has refused, where the gateway itself provides what the field asks
   * for. @param refusal the service's words. @returns undefined where it refuses something else
   */
  adaptedTo?(refusal: string): ClientRequest | undefined;
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

/** A model as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  /** New tokens at most, where it is known. */
  readonly max_tokens?: number;
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

/** How one wire format lists models. */
export interface ModelsFormat {
  /** @param query parameters of the address, unchecked */
  list(models: readonly ListedModel[], query: Readonly<Record<string, unknown>>): object;
  one(model: ListedModel): object;
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

  /** Writes a reply as a stream, event by event. */
  writer(request: ClientRequest): ReplyWriter;

  /** Writes a whole reply as one JSON document. @param events `start` first, `end` last */
  document(events: readonly ReplyEvent[], request: ClientRequest): Record<string, unknown>;
}

export interface WatchOptions {
  /** Events that hold the usage alone are kept back: the gateway has asked for them, and the client has not. */
  readonly hidesUsage?: boolean;
  /** The words that pass are counted, in case that nobody says how many they are. */
  readonly countsWords?: boolean;
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
  /** What the service has said of its use before the reply has ended; the input is right, the output is not yet. */
  readonly begunUsage?: Usage | undefined;
  /** The words that have passed; undefined where they are not counted. */
  readonly said?: TextSample | undefined;

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
  readonly gathering?: ReplyGathering | undefined;
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
