import { type ReplyEvent, type ToolCallPiece } from '../../conversation/reply.js';
import { type JsonObject, stringifyJson } from '../../protocol/json.js';
import { type ReplyWriter } from '../dialect.js';
import { sseEvent } from '../framing/sse-events.js';
import { type AnswerHead, answerHead } from './completion.js';
import { SSE_DONE } from './done.js';

/** Writes the chunks of one stream: all with one id, time and model, the first with the role. */
export class ChunkWriter implements ReplyWriter {
  #head!: JsonObject;
  #before!: string;
  readonly #after: string;
  #hasRole = false;

  constructor(private readonly wantsUsage: boolean) {
    this.#after = `${wantsUsage ? '}],"usage":null' : '}]'}}\n\n`;
  }

  write(event: ReplyEvent): string {
    switch (event.kind) {
      case 'start':
        return this.#begin(answerHead(event.model, event.id));
      case 'text':
        return this.#delta({ content: event.delta });
      case 'reasoning':
        return this.#delta({ reasoning_content: event.delta });
      case 'tool-calls':
        return this.#delta({ tool_calls: event.pieces.map(toolCallOf) });
      case 'finish':
        return this.#finish(event.reason);
      case 'usage':
        return this.wantsUsage ? sseEvent({ ...this.#head, choices: [], usage: event.counts }) : '';
      case 'end':
        return SSE_DONE;
    }
  }

  #begin({ id, created, model }: AnswerHead): string {
    this.#head = { id, object: 'chat.completion.chunk', created, model };
    this.#before = `data: ${JSON.stringify(this.#head).slice(0, -1)},"choices":[{"index":0,"delta":`;
    return '';
  }

  #delta(delta: JsonObject): string {
    return this.#choice(this.#hasRole ? delta : { role: 'assistant', ...delta }, 'null');
  }

  #finish(reason: string): string {
    const first = this.#hasRole ? '' : this.#delta({ content: '' });
    return first + this.#choice({}, JSON.stringify(reason));
  }

  #choice(delta: JsonObject, finishReason: string): string {
    this.#hasRole = true;
    return `${this.#before}${stringifyJson(delta)},"logprobs":null,"finish_reason":${finishReason}${this.#after}`;
  }
}

function toolCallOf({ index, id, type, name, arguments: text }: ToolCallPiece): JsonObject {
  return {
    index,
    ...(id !== undefined && { id, type }),
    function: { ...(name !== undefined && { name }), arguments: text },
  };
}
