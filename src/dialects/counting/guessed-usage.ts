import { type ReplyEvent } from '../../conversation/reply.js';
import { inputOf } from '../anthropic-messages/counting/count-tokens.js';
import { type ConversationRequest } from '../ports/dialect.js';
import { guessTokens } from './token-counter.js';
import { TextSample } from './text-sample.js';

/**
 * The usage of a reply whose service reports none, estimated from lengths, so that nothing waits
 * for the tokenizer.
 */
export class GuessedUsage {
  readonly #said = new TextSample();

  constructor(private readonly request: ConversationRequest) {}

  /** Adds an event of the reply. */
  note(event: ReplyEvent): void {
    switch (event.kind) {
      case 'text':
      case 'reasoning':
      case 'refusal':
        this.#said.add(event.delta);
        break;
      case 'tool-calls':
        for (const { name = '', arguments: text } of event.pieces) this.#said.add(name + text);
        break;
      default:
    }
  }

  /** @returns the event that reports the usage; undefined if the client cannot see one */
  event(): ReplyEvent | undefined {
    const { isStream, wantsUsage } = this.request;
    if (isStream && wantsUsage === false) return undefined;
    const { texts, tokens } = inputOf(this.request.prompt());
    const prompt = tokens + texts.reduce((sum, text) => sum + guessTokens(text), 0);
    const completion = this.#said.scale(guessTokens(this.#said.text));
    const counts = {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      estimated: true,
    };
    return { kind: 'usage', counts };
  }
}
