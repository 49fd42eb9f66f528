import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { messageText } from '../../protocol/message-text.js';
import { type ReplyGathering } from '../ports/received-reply.js';
import { ChunkGathering } from '../openai-chat/gathering/chunk-gathering.js';

/**
 * Gathers a stream into one text completion. Its chunks differ from those of chats only in the
 * field for a choice's text.
 */
export class TextGathering implements ReplyGathering {
  readonly #chunks: ChunkGathering;

  /** @param choiceCount number of choices that the client requested */
  constructor(choiceCount: number) {
    this.#chunks = new ChunkGathering(choiceCount);
  }

  get isDone(): boolean {
    return this.#chunks.isDone;
  }

  isWholeDespite(code: string | null): boolean {
    return this.#chunks.isWholeDespite(code);
  }

  read(chunk: Buffer): void {
    this.#chunks.read(chunk);
  }

  finish(): Record<string, unknown> {
    const gathered = this.#chunks.finish();
    const { choices } = gathered;
    if (!Array.isArray(choices)) return gathered;
    return {
      ...gathered,
      object: 'text_completion',
      choices: (choices as readonly JsonObject[]).map(textChoice),
    };
  }
}

function textChoice({ message, ...choice }: JsonObject): JsonObject {
  return { text: isJsonObject(message) ? messageText(message['content']) : '', logprobs: null, ...choice };
}
