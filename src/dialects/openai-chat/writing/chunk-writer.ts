import { type Seal } from '../../../conversation/prompt.js';
import { type ReplyEvent, type ToolCallPiece } from '../../../conversation/reply.js';
import { type JsonObject, stringifyJson } from '../../../protocol/json.js';
import { type ReplyWriter } from '../../ports/dialect.js';
import { sseEvent } from '../../framing/sse-events.js';
import { type AnswerHead, answerHead } from './completion.js';
import { callFieldsOf, detailOf } from '../conversation/reasoning-details.js';
import { SSE_DONE } from '../done.js';
import { annotationOf } from './annotation.js';

/**
 * Maximum number of pieces of a text before they are joined, because each piece takes more memory
 * than its characters.
 */
const MOST_PIECES = 64;

/** Writes the chunks of one stream: all with one id, time and model, the first with the role. */
export class ChunkWriter implements ReplyWriter {
  #head!: JsonObject;
  #before!: string;
  readonly #after: string;
  #hasRole = false;
  /** The latest reasoning, in pieces, until anything else follows: a signature covers all of it. */
  #thought = '';
  readonly #pieces: string[] = [];
  /** Number of entries of `reasoning_details` so far. */
  #details = 0;
  /** Indexes of the calls of custom tools; undefined: none so far. */
  #customs: Set<number> | undefined;

  constructor(private readonly wantsUsage: boolean) {
    this.#after = `${wantsUsage ? '}],"usage":null' : '}]'}}\n\n`;
  }

  write(event: ReplyEvent): string {
    switch (event.kind) {
      case 'start':
        return this.#begin(answerHead(event.model, event.id));
      case 'text':
        this.#endThought();
        return this.#delta({ content: event.delta });
      case 'reasoning':
        this.#think(event.delta);
        return this.#delta({ reasoning_content: event.delta });
      case 'refusal':
        this.#endThought();
        return this.#delta({ refusal: event.delta });
      case 'seal':
        return this.#seal(event.seal);
      case 'tool-calls':
        this.#endThought();
        return this.#delta({ tool_calls: event.pieces.map((piece) => this.#callOf(piece)) });
      case 'citation':
        return this.#delta({ annotations: [annotationOf(event.citation)] });
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

  #think(delta: string): void {
    if (this.#pieces.push(delta) === MOST_PIECES) this.#joinPieces();
  }

  #joinPieces(): void {
    this.#thought += this.#pieces.join('');
    this.#pieces.length = 0;
  }

  #endThought(): void {
    if (this.#pieces.length > 0) this.#pieces.length = 0;
    if (this.#thought !== '') this.#thought = '';
  }

  #seal(seal: Seal): string {
    this.#joinPieces();
    const detail = detailOf({ kind: 'reasoning', text: this.#thought, seal });
    this.#endThought();
    if (detail === undefined) return '';
    return this.#delta({ reasoning_details: [{ ...detail, index: this.#details++ }] });
  }

  #finish(reason: string): string {
    const first = this.#hasRole ? '' : this.#delta({ content: '' });
    return first + this.#choice({}, JSON.stringify(reason));
  }

  #choice(delta: JsonObject, finishReason: string): string {
    this.#hasRole = true;
    return `${this.#before}${stringifyJson(delta)},"logprobs":null,"finish_reason":${finishReason}${this.#after}`;
  }

  #callOf({ index, id, type, name, arguments: text, seal }: ToolCallPiece): JsonObject {
    if (type === 'custom') (this.#customs ??= new Set()).add(index);
    const named = name === undefined ? {} : { name };
    const said =
      this.#customs?.has(index) === true
        ? { custom: { ...named, input: text } }
        : { function: { ...named, arguments: text } };
    return { index, ...(id !== undefined && { id, type }), ...said, ...callFieldsOf(seal) };
  }
}
