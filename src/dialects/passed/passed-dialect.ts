import { type Usage } from '../../conversation/usage.js';
import { type ErrorFormat, OPENAI_ERRORS } from '../../protocol/errors/error-format.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { errorObject, errorOf } from '../../protocol/errors/error-shape.js';
import {
  type JsonObject,
  excessOf,
  isJsonObject,
  parseJson,
  parseLosslessJson,
} from '../../protocol/json.js';
import { type Operation } from '../../protocol/operation.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type ClientRequest, type Dialect, type Trial, type WholeReply } from '../ports/dialect.js';
import {
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReportedError,
} from '../ports/received-reply.js';
import { type ReplyWatch } from '../ports/reply-watch.js';
import { type Repeatable } from '../ports/repeatable.js';
import { sseEvent, sseEvents } from '../framing/sse-events.js';
import { eventError } from '../openai-chat/watching/event-error.js';
import { type EventWatchOptions, EventWatch } from './event-watch.js';
import { type ReplyFields, invalid, readPassed } from './passed-reply.js';
import { PassedRequest } from './passed-request.js';
import { UnaskedStream } from './unasked-stream.js';

const NO_STREAM: EventWatchOptions = { last: 'done', isOnlyOne: true };

/**
 * A wire format of OpenAI or similar services that passes unchanged between client and service,
 * except for `model`.
 */
export abstract class PassedDialect implements Dialect {
  readonly errors: ErrorFormat = OPENAI_ERRORS;
  readonly headerPrefix: string = 'openai-';
  readonly repeatable?: Repeatable;
  abstract readonly name: string;
  abstract readonly operation: Operation;
  abstract readonly route: string;
  abstract readonly docs: MethodDecorator;
  readonly trial?: Trial;
  protected abstract readonly replyFields: ReplyFields;
  /** The path below `base_url`. */
  protected abstract readonly servicePath: string;
  /** How its streams end; not set for formats without streams. */
  protected readonly stream: EventWatchOptions = NO_STREAM;

  path(): string {
    return this.servicePath;
  }

  failedUsage(document: unknown): Usage | undefined {
    return isJsonObject(document) ? this.replyFields.usageOf(document) : undefined;
  }

  parse(body: Buffer, limits?: ScanLimits): ClientRequest {
    return new PassedRequest(this, body, limits);
  }

  watch(_request: ClientRequest): ReplyWatch {
    return new EventWatch(this.stream);
  }

  gather(_request: ClientRequest): ReplyGathering {
    return new UnaskedStream();
  }

  firstEvent(events: Buffer): FirstEvent | undefined {
    for (const event of sseEvents(events.toString())) {
      if (event.data === '') continue;
      const value = parseJson(event.data);
      return { error: eventError(event, value), event: value };
    }
    return undefined;
  }

  beginsStream(_lines: Buffer): boolean {
    return false;
  }

  documentAsEvents(bytes: Buffer, request: ClientRequest): string {
    const document = parseLosslessJson(bytes.toString());
    const error = errorOf(document, !this.replyFields.isReplyObject(document));
    if (error !== undefined) return sseEvent({ error: errorObject(error) });
    if (isJsonObject(document) && this.replyFields.isReplyObject(document))
      return this.eventsOf(document, request);
    throw invalid(`The upstream's answer ${excessOf(bytes) ?? 'is no reply in this format'}.`, 200);
  }

  /** A complete reply as the stream that the client requested. */
  protected eventsOf(document: JsonObject, _request: ClientRequest): string {
    return sseEvent(document);
  }

  readWhole(
    body: ReceivedBody,
    _request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError | Promise<WholeReply | ReportedError> {
    return readPassed(body, this.replyFields, answer);
  }
}
