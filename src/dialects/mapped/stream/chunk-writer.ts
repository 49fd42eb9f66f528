import { type JsonObject, stringifyJson } from '../../../protocol/json.js';
import { type AnswerHead } from '../response/completion.js';
import { sseEvent } from '../../framing/sse-events.js';

/** Writes the chunks of one stream: one id, time and model in all of them, the role in the first. */
export class ChunkWriter {
  readonly #before: string;
  readonly #after: string;
  readonly #head: JsonObject;
  #hasRole = false;

  constructor(
    { id, created, model }: AnswerHead,
    private readonly wantsUsage: boolean,
  ) {
    this.#head = { id, object: 'chat.completion.chunk', created, model };
    this.#before = `data: ${JSON.stringify(this.#head).slice(0, -1)},"choices":[{"index":0,"delta":`;
    this.#after = `${wantsUsage ? '}],"usage":null' : '}]'}}\n\n`;
  }

  delta(delta: JsonObject): string {
    return this.#choice(this.#hasRole ? delta : { role: 'assistant', ...delta }, 'null');
  }

  finish(reason: string): string {
    const first = this.#hasRole ? '' : this.delta({ content: '' });
    return first + this.#choice({}, JSON.stringify(reason));
  }

  usage(usage: unknown): string {
    return this.wantsUsage && usage !== undefined ? sseEvent({ ...this.#head, choices: [], usage }) : '';
  }

  #choice(delta: JsonObject, finishReason: string): string {
    this.#hasRole = true;
    return `${this.#before}${stringifyJson(delta)},"logprobs":null,"finish_reason":${finishReason}${this.#after}`;
  }
}
