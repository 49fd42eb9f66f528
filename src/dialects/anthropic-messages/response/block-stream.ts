import { type Seal } from '../../../conversation/prompt.js';
import { type ToolCallPiece } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { redactedData, signatureOf } from '../thinking.js';
import { FREE_TEXT } from '../tool-input.js';
import { JsonEnd } from './json-end.js';
import { namelessCall, toolUse } from './message.js';
import { namedEvent } from './named-event.js';

/** A content block, from its first piece on. */
interface Block {
  readonly kind: 'text' | 'thinking' | 'tool' | 'redacted';
  /** Text that has arrived and is not written yet. */
  text: string;
  /** The id of a tool call. */
  id: string;
  name: string;
  isCustom: boolean;
  readonly json?: JsonEnd;
  /** Citations of a text that are not written yet. */
  citations?: JsonObject[] | undefined;
  /** The signature or the data of a thinking block; it ends the block. */
  seal?: string;
}

/**
 * Writes blocks one after another with consecutive indexes from 0, as the format requires. While
 * one is open, pieces of others wait. A tool call ends when its JSON is complete; any other block
 * ends when another one begins.
 */
export class BlockStream {
  #index = -1;
  #open: Block | undefined;
  /** In the order of their first pieces. */
  readonly #waiting: Block[] = [];
  readonly #calls = new Map<number, Block>();

  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  add(kind: 'text' | 'thinking', text: string): string {
    if (text === '') return '';
    let block = this.#last();
    if (block?.kind !== kind || block.seal !== undefined) block = this.#begin(blockOf(kind));
    block.text += text;
    return this.#advance(false);
  }

  /**
   * Adds a citation of the preceding text; after another kind of block, it gets a block of its own.
   */
  cite(citation: JsonObject): string {
    let block = this.#last();
    if (block?.kind !== 'text') block = this.#begin(blockOf('text'));
    (block.citations ??= []).push(citation);
    return this.#advance(false);
  }

  seal(seal: Seal): string {
    const data = redactedData(seal);
    const last = this.#last();
    if (data !== undefined) this.#begin(blockOf('redacted')).seal = data;
    else if (last?.kind === 'thinking' && last.seal === undefined) last.seal = signatureOf(seal);
    else this.#begin(blockOf('thinking')).seal = signatureOf(seal);
    return this.#advance(false);
  }

  call({ index, id, type, name, arguments: text }: ToolCallPiece): string {
    let block = this.#calls.get(index);
    if (block === undefined) {
      block = this.#begin({ ...blockOf('tool'), json: new JsonEnd(), isCustom: type === 'custom' });
      this.#calls.set(index, block);
    }
    if (block.id === '' && id !== undefined) block.id = id;
    if (block.name === '' && name !== undefined) block.name = name;
    block.text += text;
    block.json!.add(text);
    return this.#advance(false);
  }

  /**
   * Ends all blocks that have begun.
   * @throws UpstreamError for a call without a name
   */
  close(): string {
    return this.#advance(true) + this.#stop();
  }

  #last(): Block | undefined {
    return this.#waiting.at(-1) ?? this.#open;
  }

  #begin(block: Block): Block {
    this.#waiting.push(block);
    return block;
  }

  #advance(isEnd: boolean): string {
    let events = this.#flush();
    while (this.#waiting.length > 0 && (isEnd || this.#isOver())) {
      const next = this.#waiting[0]!;
      if (next.kind === 'tool' && next.name === '') {
        if (!isEnd) break;
        throw namelessCall();
      }
      events += this.#stop();
      this.#waiting.shift();
      events += this.#start(next) + this.#flush();
    }
    return events;
  }

  #isOver(): boolean {
    const open = this.#open;
    return open?.kind !== 'tool' || (!open.isCustom && open.json!.isComplete);
  }

  #start(block: Block): string {
    this.#open = block;
    this.#index++;
    const events = namedEvent({
      type: 'content_block_start',
      index: this.#index,
      content_block: headOf(block),
    });
    return block.isCustom
      ? events + this.#delta('input_json_delta', 'partial_json', `{"${FREE_TEXT}":"`)
      : events;
  }

  /** Writes what has arrived for the open block. */
  #flush(): string {
    const open = this.#open;
    if (open === undefined) return '';
    const { kind, text, isCustom } = open;
    open.text = '';
    let events = '';
    if (text !== '') {
      if (kind === 'text') events = this.#delta('text_delta', 'text', text);
      else if (kind === 'thinking') events = this.#delta('thinking_delta', 'thinking', text);
      else
        events = this.#delta(
          'input_json_delta',
          'partial_json',
          isCustom ? JSON.stringify(text).slice(1, -1) : text,
        );
    }
    if (open.citations !== undefined) events += this.#cite(open, open.citations);
    return open.seal === undefined ? events : events + this.#stop();
  }

  #cite(open: Block, citations: readonly JsonObject[]): string {
    open.citations = undefined;
    return citations
      .map((citation) =>
        namedEvent({
          type: 'content_block_delta',
          index: this.#index,
          delta: { type: 'citations_delta', citation },
        }),
      )
      .join('');
  }

  #stop(): string {
    const open = this.#open;
    if (open === undefined) return '';
    this.#open = undefined;
    let events = '';
    if (open.isCustom) events = this.#delta('input_json_delta', 'partial_json', '"}');
    if (open.kind === 'thinking') events = this.#delta('signature_delta', 'signature', open.seal ?? '');
    return events + namedEvent({ type: 'content_block_stop', index: this.#index });
  }

  #delta(type: string, field: string, text: string): string {
    return namedEvent({ type: 'content_block_delta', index: this.#index, delta: { type, [field]: text } });
  }
}

function blockOf(kind: Block['kind']): Block {
  return { kind, text: '', id: '', name: '', isCustom: false };
}

function headOf({ kind, id, name, seal }: Block): JsonObject {
  switch (kind) {
    case 'text':
      return { type: 'text', text: '' };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'redacted':
      return { type: 'redacted_thinking', data: seal };
    case 'tool':
      return toolUse(id, name);
  }
}
