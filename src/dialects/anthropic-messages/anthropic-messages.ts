import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { reportedError } from '../../protocol/errors/error-shape.js';
import { CHAT } from '../../protocol/operation.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import {
  type ClientRequest,
  type ConversationDialect,
  type ReplyWriter,
  type WholeReply,
} from '../ports/dialect.js';
import {
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReportedError,
} from '../ports/received-reply.js';
import { type ListedModel } from '../ports/models-format.js';
import { type ReplyWatch, type WatchOptions } from '../ports/reply-watch.js';
import {
  type ReplyReader,
  ReportedFailure,
  type RequestOptions,
  type UpstreamDialect,
  type WrittenRequest,
} from '../ports/upstream-dialect.js';
import { sseEvents } from '../framing/sse-events.js';
import { MESSAGES_ERRORS } from './errors.js';
import { modelInfo, modelsList } from './models-list.js';
import { REPEATABLE_MESSAGES } from './repeatable.js';
import { MESSAGES_RATE_LIMITS } from './rate-limits.js';
import { messageEvents } from './passing/message-events.js';
import { MessageGathering } from './passing/message-gathering.js';
import { MessagesWatch, errorEvent } from './passing/messages-watch.js';
import { parsedMessage, readWhole } from './passing/whole-message.js';
import { MessagesRequest } from './request/messages-request.js';
import { messageDocument } from './response/message.js';
import { type Names } from '../fields/shape.js';
import { MessagesReader, readMessage } from './response/messages-reader.js';
import { MessagesWriter } from './response/messages-writer.js';
import { NAME } from './thinking.js';
import { messagesRequest } from './upstream/messages-body.js';
import { MESSAGES_DOCS } from './docs.js';
import { usageOf } from './usage.js';

/** Events without content yet: an error that directly follows them is the error of the call. */
const NOTHING_YET: ReadonlySet<unknown> = new Set(['message_start', 'ping']);

/** Wire format: https://platform.claude.com/docs/en/api/messages */
class AnthropicMessages implements ConversationDialect, UpstreamDialect {
  readonly name = NAME;
  readonly operation = CHAT;
  readonly route = '/v1/messages';
  readonly docs = MESSAGES_DOCS;
  readonly errors = MESSAGES_ERRORS;
  readonly headers = { 'anthropic-version': '2023-06-01' };
  readonly modelsPath = '/v1/models';
  readonly headerPrefix = 'anthropic-';
  readonly requestIdHeader = 'request-id';
  readonly rateLimits = MESSAGES_RATE_LIMITS;
  readonly repeatable = REPEATABLE_MESSAGES;
  readonly mark = 'anthropic-version';
  readonly models = {
    list: (models: readonly ListedModel[], { limit, after_id: after, before_id: before }: JsonObject) =>
      modelsList(models, {
        ...(/^[1-9]\d{0,3}$/.test(String(limit)) && { limit: Number(limit) }),
        ...(typeof after === 'string' && { after_id: after }),
        ...(typeof before === 'string' && { before_id: before }),
      }),
    one: modelInfo,
  };

  path(): string {
    return '/v1/messages';
  }

  parse(body: Buffer, limits?: ScanLimits): MessagesRequest {
    return new MessagesRequest(this, body, limits);
  }

  request(prompt: Prompt, options: RequestOptions): WrittenRequest {
    return messagesRequest(this, prompt, options);
  }

  failedUsage(document: unknown): Usage | undefined {
    const usage = isJsonObject(document) ? document['usage'] : undefined;
    return isJsonObject(usage) ? usageOf(usage) : undefined;
  }

  reader(lost?: Names): ReplyReader {
    return new MessagesReader(lost);
  }

  read(document: unknown, lost?: Names): readonly ReplyEvent[] {
    return readMessage(document, lost);
  }

  /** A citation belongs to its block. */
  loses(event: ReplyEvent): readonly string[] {
    return event.kind === 'citation' ? ['response.start_index', 'response.end_index'] : [];
  }

  writer(): ReplyWriter {
    return new MessagesWriter();
  }

  document(events: readonly ReplyEvent[]): Record<string, unknown> {
    return messageDocument(events);
  }

  watch(_request: ClientRequest, options?: WatchOptions): ReplyWatch {
    return new MessagesWatch(options);
  }

  gather(request: ClientRequest): ReplyGathering {
    return new MessageGathering(request.model);
  }

  firstEvent(events: Buffer): FirstEvent | undefined {
    for (const { event: name, data } of sseEvents(events.toString())) {
      if (data === '') continue;
      const event = parseJson(data);
      const type = isJsonObject(event) && typeof event['type'] === 'string' ? event['type'] : name;
      if (!NOTHING_YET.has(type)) return { error: reportedError(event ?? data, type), event };
    }
    return undefined;
  }

  beginsStream(lines: Buffer): boolean {
    const first = parseJson(lines.toString().split('\n', 1)[0]!);
    return isJsonObject(first) && first['type'] === 'message_start';
  }

  documentAsEvents(document: Buffer): string {
    try {
      return messageEvents(parsedMessage(document, 200));
    } catch (error) {
      if (error instanceof ReportedFailure) return errorEvent(error.error);
      throw error;
    }
  }

  readWhole(
    body: ReceivedBody,
    request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError {
    return readWhole(body, request, answer);
  }
}

export const ANTHROPIC_MESSAGES = new AnthropicMessages();
