import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type Usage } from '../../conversation/usage.js';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type JsonObject, isJsonObject, parseJson, stringifyJson } from '../../protocol/json.js';
import { CHAT } from '../../protocol/operation.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type ConversationDialect, type ReplyWriter, type Trial, type WholeReply } from '../ports/dialect.js';
import {
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReportedError,
} from '../ports/received-reply.js';
import { type ReplyWatch, type WatchOptions } from '../ports/reply-watch.js';
import {
  type ReplyReader,
  type RequestOptions,
  type UpstreamDialect,
  type WrittenRequest,
} from '../ports/upstream-dialect.js';
import { sseEvents } from '../framing/sse-events.js';
import { beginsWithChunk } from './writing/chunk.js';
import { type ChatOptions } from './request/chat-options.js';
import { ChatRequest } from './request/chat-request.js';
import { ChatWatch } from './watching/chat-watch.js';
import { ChunkWriter } from './writing/chunk-writer.js';
import { chatBody } from './conversation/chat-body.js';
import { ChunkReader } from './conversation/chunk-reader.js';
import { completionDocument } from './conversation/completion-document.js';
import { type Names } from '../fields/shape.js';
import { readCompletion } from './conversation/completion-reader.js';
import { documentAsEvents } from './writing/completion-stream.js';
import { eventError } from './watching/event-error.js';
import { ChunkGathering } from './gathering/chunk-gathering.js';
import { REPEATABLE_CHOICES } from './request/repeatable.js';
import { readUsage } from './usage.js';
import { readWhole } from './writing/whole-reply.js';
import { CHAT_DOCS } from './docs.js';

/** Wire format: https://platform.openai.com/docs/api-reference/chat */
class OpenAiChat implements ConversationDialect, UpstreamDialect {
  readonly name = 'openai-chat';
  readonly operation = CHAT;
  readonly route = '/v1/chat/completions';
  readonly docs = CHAT_DOCS;
  readonly errors = OPENAI_ERRORS;
  readonly headerPrefix = 'openai-';
  readonly trial: Trial = {
    body: (model, word) => ({ model, messages: [{ role: 'user', content: word }] }),
    result: ({ whole }) => whole?.text ?? '',
  };
  readonly repeatable = REPEATABLE_CHOICES;

  path(): string {
    return '/chat/completions';
  }

  parse(body: Buffer, limits?: ScanLimits): ChatRequest {
    return new ChatRequest(this, body, limits);
  }

  request(prompt: Prompt, options: RequestOptions): WrittenRequest {
    const { body, dropped } = chatBody(prompt, options);
    return { request: this.parse(Buffer.from(stringifyJson(body))), dropped };
  }

  failedUsage(document: unknown): Usage | undefined {
    return isJsonObject(document) ? readUsage(document['usage']) : undefined;
  }

  reader(lost?: Names): ReplyReader {
    return new ChunkReader(lost);
  }

  read(document: unknown, lost?: Names): readonly ReplyEvent[] {
    return readCompletion(document, lost);
  }

  loses(event: ReplyEvent): readonly string[] {
    if (event.kind !== 'finish') return [];
    if (event.explanation !== undefined) return ['response.stop_details'];
    return event.stopSequence === undefined ? [] : ['response.stop_sequence'];
  }

  document(events: readonly ReplyEvent[]): JsonObject {
    return completionDocument(events);
  }

  watch({ choiceCount }: ChatOptions, options?: WatchOptions): ReplyWatch {
    return new ChatWatch(choiceCount, options);
  }

  gather({ choiceCount }: ChatOptions): ReplyGathering {
    return new ChunkGathering(choiceCount);
  }

  firstEvent(events: Buffer): FirstEvent | undefined {
    for (const event of sseEvents(events.toString())) {
      if (event.data === '') continue;
      const value = parseJson(event.data);
      return { error: eventError(event, value), event: value };
    }
    return undefined;
  }

  beginsStream(lines: Buffer): boolean {
    return beginsWithChunk(lines);
  }

  documentAsEvents(document: Buffer, { wantsUsage }: ChatOptions): string {
    return documentAsEvents(document, wantsUsage);
  }

  /** A complete reply, gathered from the stream, always has its usage. */
  writer({ isStream, wantsUsage }: ChatOptions): ReplyWriter {
    return new ChunkWriter(!isStream || wantsUsage);
  }

  readWhole(
    body: ReceivedBody,
    request: ChatOptions,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError {
    return readWhole(body, request, answer);
  }
}

export const OPENAI_CHAT = new OpenAiChat();
