import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { messageText } from '../../protocol/message-text.js';
import { type ReplyGathering } from '../ports/received-reply.js';
import { ChunkGathering } from '../openai-chat/gathering/chunk-gathering.js';

/** Gathers a stream into one completion of a text: its chunks are those of chats, but for the words of a choice. */
export class TextGathering implements ReplyGathering {
  readonly #chunks: ChunkGathering;

  /** @param choiceCount how many choices the client asked for */
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
