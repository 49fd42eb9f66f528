import { Injectable } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { type WholeReply } from '../dialects/ports/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { Prices } from '../prices/prices.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { CallRouter } from '../routing/call-router.js';
import { type Model } from '../routing/model.js';
import { type OpenedBytes } from '../routing/response/opened-bytes.js';
import { type RoutedAnswer } from '../routing/response/routed-answer.js';
import { responseHeaders } from '../calls/gateway-headers.js';
import { CallEvents } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { SecretRedactor } from '../upstream/secret-redactor.js';
import { type AnswerTarget } from './relay/answer-target.js';
import { ByteRelay } from './relay/byte-relay.js';
import { CallUsage, type DeliveredReply } from './call-usage.js';
import { STREAM_HEADERS } from './relay/stream-headers.js';
import { StreamRelay } from './relay/stream-relay.js';
import { UnattendedTarget } from './relay/unattended-target.js';

/** The content type of nearly all responses, which contains no secret. */
const JSON_TYPE = 'application/json';

/** Time for a client to read the error that ends its stream at `total_seconds`. */
const LAST_EVENT_MS = 1000;

/**
 * Serves a call to a model: routes the call to a deployment and writes the response in the form
 * that the client requested.
 */
@Injectable()
export class ChatService {
  constructor(
    private readonly live: LiveConfig,
    private readonly router: CallRouter,
    private readonly events: CallEvents,
    private readonly redactor: SecretRedactor,
    private readonly usage: CallUsage,
    private readonly prices: Prices,
  ) {}

  /**
   * Settles when the call is over. A failure after the response has begun is reported inside the
   * response and in the record.
   * @throws GatewayError for a failure before that, so that the client gets its actual status
   */
  async answer(
    model: Model,
    call: ModelCall,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    record.model = model.name;
    record.modelType = model.config.type;
    record.isStream = call.request.isStream;
    let reply: DeliveredReply | undefined;
    try {
      const answer = await this.router.route(model, call, record, cancellation);
      try {
        target.limitWriting?.(answer.timeouts.idle_seconds * 1000, writeUntilMs(answer, record), answer);
        const { bytes, whole } = answer;
        if (bytes !== undefined) {
          await this.#bytes(answer, bytes, target, record, cancellation);
          reply = {};
        } else if (whole === undefined) {
          reply = await this.#stream(answer, call, target, record, cancellation);
        } else {
          if (!cancellation.hasLeft) this.#whole(answer, whole, call, target, record);
          reply = { whole };
        }
      } finally {
        answer.end(record.error);
      }
    } catch (error) {
      record.error = error instanceof GatewayError ? error : new InternalError(error);
      throw record.error;
    } finally {
      record.endAttempt(record.error);
      // The upstream part of the call is over, so counting must not occupy the slot of the client.
      const counting = hasReportedUsage(record) ? undefined : this.usage.complete(call, record, reply);
      if (counting !== undefined) {
        record.place?.leave();
        await counting;
      }
      this.prices.settle(record, model);
      this.events.answered(record);
    }
  }

  #stream(
    answer: RoutedAnswer,
    call: ModelCall,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<DeliveredReply> {
    const { limits, stream, request, hidesUsage } = answer;
    if (call.needsUsage === true && !hidesUsage) this.usage.expect(call, record);
    target.writeHead(200, this.#streamHeaders(answer, record));
    const reader = cancellation.finishes ? new UnattendedTarget(target, cancellation) : target;
    return StreamRelay.run(stream!, reader, record, {
      request: call.request,
      keepAliveSeconds: this.live.current.server.sse_keepalive_seconds,
      maxEventBytes: limits.event,
      redactor: this.redactor,
      sent: request,
      hidesUsage,
      countsWords: call.needsUsage === true,
    });
  }

  #bytes(
    answer: RoutedAnswer,
    bytes: OpenedBytes,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    target.writeHead(200, { ...this.#headers(answer, record), ...this.#bodyHeaders(bytes) });
    const reader = cancellation.finishes ? new UnattendedTarget(target, cancellation) : target;
    return ByteRelay.run(bytes, reader, record);
  }

  /** The headers that a client needs for bytes that pass unchanged. */
  #bodyHeaders({ headers, announcedLength }: OpenedBytes): Record<string, string> {
    const said: Record<string, string> = {};
    if (announcedLength !== undefined) said['content-length'] = announcedLength;
    for (const name of ['content-type', 'content-disposition']) {
      const value = headers[name];
      if (typeof value === 'string') said[name] = this.redactor.redact(value);
    }
    return said;
  }

  #whole(
    answer: RoutedAnswer,
    whole: WholeReply,
    call: ModelCall,
    target: AnswerTarget,
    record: CallRecord,
  ): void {
    if (call.request.isStream) {
      record.firstToken();
      // Before the headers are sent, so that a reply that cannot be written is a failed call, not a
      // broken response.
      const events = whole.toStream(call.request);
      target.writeHead(200, this.#streamHeaders(answer, record));
      target.end(events);
      return;
    }
    const { bytes, contentType } = whole;
    const headers = this.#headers(answer, record);
    headers['content-type'] = contentType === JSON_TYPE ? contentType : this.redactor.redact(contentType);
    headers['content-length'] = bytes.length;
    target.writeHead(200, headers);
    target.end(bytes);
  }

  #streamHeaders(answer: RoutedAnswer, record: CallRecord): Record<string, string | number> {
    return Object.assign(this.#headers(answer, record), STREAM_HEADERS);
  }

  #headers({ headers, request }: RoutedAnswer, record: CallRecord): Record<string, string | number> {
    return responseHeaders(record, this.redactor.answerHeaders(headers, request));
  }
}

/** Whether the call succeeded and its service has reported the usage, as is usual. */
function hasReportedUsage({ error, usage, operation }: CallRecord): boolean {
  if (error !== undefined || usage === undefined || operation.isFree === true) return false;
  return usage.promptTokens > 0 && usage.completionTokens > 0;
}

/**
 * When the whole response must have been read by the client: `total_seconds` after the start of the
 * successful attempt.
 */
function writeUntilMs({ whole, timeouts }: RoutedAnswer, record: CallRecord): number {
  if (timeouts.total_seconds === 0) return Infinity;
  const startMs = record.attemptLog.at(-1)?.startMs ?? 0;
  const untilMs = record.startedAtMs + startMs + timeouts.total_seconds * 1000;
  return whole === undefined ? untilMs + LAST_EVENT_MS : untilMs;
}
