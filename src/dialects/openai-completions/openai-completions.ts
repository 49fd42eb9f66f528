import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type JsonObject } from '../../protocol/json.js';
import { COMPLETIONS } from '../../protocol/operation.js';
import { type ClientRequest, type Trial } from '../ports/dialect.js';
import { type ReplyGathering } from '../ports/received-reply.js';
import { type ReplyWatch, type WatchOptions } from '../ports/reply-watch.js';
import { sseEvent } from '../framing/sse-events.js';
import { ChatWatch } from '../openai-chat/watching/chat-watch.js';
import { SSE_DONE } from '../openai-chat/done.js';
import { REPEATABLE_CHOICES } from '../openai-chat/request/repeatable.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields, firstIn } from '../passed/passed-reply.js';
import { CompletionsRequest } from './completions-request.js';
import { TextGathering } from './text-gathering.js';
import { COMPLETIONS_DOCS } from './docs.js';

/**
 * Text completions, as editors use them. They are never translated to chats, because the markers
 * for a text to fill in must reach the model unchanged. Their streams differ from those of chats
 * only in the field for a choice's text. Wire format:
 * https://platform.openai.com/docs/api-reference/completions
 */
class OpenAiCompletions extends PassedDialect {
  readonly name = 'openai-completions';
  readonly operation = COMPLETIONS;
  readonly route = '/v1/completions';
  readonly docs = COMPLETIONS_DOCS;
  override readonly repeatable = REPEATABLE_CHOICES;
  protected readonly servicePath = '/completions';
  protected readonly replyFields = new ReplyFields(['choices']);
  override readonly trial: Trial = {
    body: (model, word) => ({ model, prompt: word, max_tokens: 16 }),
    result: ({ whole }) => {
      const text = firstIn(whole, 'choices')?.['text'];
      return typeof text === 'string' ? text : '';
    },
  };

  override parse(body: Buffer, limits?: ScanLimits): CompletionsRequest {
    return new CompletionsRequest(this, body, limits);
  }

  override watch(request: ClientRequest, options?: WatchOptions): ReplyWatch {
    return new ChatWatch((request as CompletionsRequest).choiceCount, options);
  }

  /** A chunk of a stream has the same shape as a complete response. */
  protected override eventsOf(document: JsonObject, request: ClientRequest): string {
    const { usage, ...chunk } = document;
    const hasUsage = (request as CompletionsRequest).wantsUsage && usage !== undefined;
    const counted = hasUsage ? sseEvent({ ...chunk, choices: [], usage }) : '';
    return sseEvent(chunk) + counted + SSE_DONE;
  }

  override gather(request: ClientRequest): ReplyGathering {
    return new TextGathering((request as CompletionsRequest).choiceCount);
  }
}

export const OPENAI_COMPLETIONS = new OpenAiCompletions();
