import { parseJson } from '../../protocol/json.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import {
  type Dialect,
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReplyWatch,
  type ReplyWriter,
  type ReportedError,
  type WholeReply,
} from '../dialect.js';
import { sseEvents } from '../framing/sse-events.js';
import { beginsWithChunk } from './chunk.js';
import { type ChatOptions } from './chat-options.js';
import { ChatWatch } from './chat-watch.js';
import { ChunkWriter } from './chunk-writer.js';
import { documentAsEvents } from './completion-stream.js';
import { eventError } from './event-error.js';
import { ChunkGathering } from './gathering/chunk-gathering.js';
import { readWhole } from './whole-reply.js';

/** Wire format: https://platform.openai.com/docs/api-reference/chat */
class OpenAiChat implements Dialect {
  watch({ choiceCount }: ChatOptions): ReplyWatch {
    return new ChatWatch(choiceCount);
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

export const OPENAI_CHAT: Dialect = new OpenAiChat();
