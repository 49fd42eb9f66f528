import { isJsonObject, type JsonObject } from '../protocol/json.js';
import { messageText } from '../protocol/message-text.js';
import { type TokenCounter } from './token-counter.js';

/** Characters that are really counted; what lies beyond is taken to be like them. */
const SAMPLE_LENGTH = 1_500;
/** What OpenAI adds around each message, and once for the answer's beginning. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_OF_START = 3;

/** Text that goes by: its beginning and its length. */
export class TextSample {
  #text = '';
  #length = 0;

  add(text: string): void {
    this.#length += text.length;
    if (this.#text.length < SAMPLE_LENGTH) this.#text += text.slice(0, SAMPLE_LENGTH - this.#text.length);
  }

  get text(): string {
    return this.#text;
  }

  /** @param count tokens of `text` @returns tokens of all that was added */
  scale(count: number): number {
    return this.#length === this.#text.length
      ? count
      : Math.round((count * this.#length) / this.#text.length);
  }
}

/** The `usage` of an answer whose service does not tell. */
export async function estimateUsage(
  counter: TokenCounter,
  messages: readonly unknown[],
  completion: TextSample,
): Promise<JsonObject> {
  const prompt = new TextSample();
  for (const message of messages) if (isJsonObject(message)) prompt.add(messageText(message['content']));
  const counts = await counter.count([prompt.text, completion.text]);
  const promptTokens = prompt.scale(counts[0]!) + messages.length * TOKENS_PER_MESSAGE + TOKENS_OF_START;
  const completionTokens = completion.scale(counts[1]!);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    estimated: true,
  };
}
