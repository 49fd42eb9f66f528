import { type ReplyEvent, type ToolCallPiece } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { reportedError } from '../../../protocol/errors/error-shape.js';
import {
  type JsonObject,
  excessOf,
  isJsonObject,
  parseLosslessJson,
  stringifyJson,
} from '../../../protocol/json.js';
import { ReportedFailure, type ReplyReader } from '../../ports/upstream-dialect.js';
import { type SseEvent } from '../../framing/sse-events.js';
import { type Names, UNNAMED } from '../../fields/shape.js';
import { redactedSeal, sealOfSignature } from '../thinking.js';
import { chatCounts, mergeUsage } from '../usage.js';
import { citationOf } from './citations.js';
import { namelessCall, newId } from './message.js';
import { blocksOf, errorOfMessage } from './said-message.js';
import { BLOCK, MESSAGE, MESSAGE_DELTA, READ } from './shapes.js';
import { finishOf } from './stop-reason.js';

/** An open block. */
interface Block {
  readonly type: unknown;
  /** The index of a tool call among the reply's calls. */
  readonly call?: number;
  /** The complete input of a call that has no deltas. */
  readonly input?: string;
  hasPieces: boolean;
  signature?: unknown;
  /** For a text: its citations, and where it starts in the reply's whole text. */
  citations?: unknown[];
  readonly start?: number;
}

/**
 * Reads the events of a message: text, thinking, tool calls, the stop reason and usage. Other
 * blocks and deltas, such as those of the service's own tools, are omitted and reported as lost.
 * Wire format: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessagesReader implements ReplyReader {
  isDone = false;
  #hasStarted = false;
  readonly #blocks = new Map<unknown, Block>();
  #callCount = 0;
  /** Length of the reply's text so far. */
  #textLength = 0;
  #usage: JsonObject | undefined;
  /** The fields of `message_delta`; the last event wins. */
  #ending: JsonObject | undefined;

  constructor(private readonly lost: Names = UNNAMED) {}

  read({ event, data }: SseEvent): readonly ReplyEvent[] {
    if (this.isDone || data.trim() === '') return [];
    if (data.trim() === '[DONE]') return this.#ending === undefined ? [] : this.#finish();
    const value = parseLosslessJson(data);
    const error = reportedError(
      value ?? data,
      isJsonObject(value) && value['type'] === 'error' ? 'error' : event,
    );
    if (error !== undefined) throw new ReportedFailure(error, value);
    if (!isJsonObject(value)) {
      const why = excessOf(data) ?? 'is not a JSON object';
      throw new UpstreamError('upstream_invalid_response', `An event of the upstream's stream ${why}.`);
    }
    return this.#read(value, typeof value['type'] === 'string' ? value['type'] : event);
  }

  end(): readonly ReplyEvent[] {
    if (this.#ending !== undefined) return this.#finish();
    throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
  }

  /** Reads a complete message as the equivalent events. */
  readMessage(message: JsonObject): readonly ReplyEvent[] {
    MESSAGE.lost(message, 'response.', this.lost);
    const blocks = blocksOf(message);
    const events = [...this.#start(message)];
    for (const [index, block] of blocks.entries())
      events.push(...this.#beginBlock(index, block), ...this.#endBlock(index));
    this.#ending = message;
    return [...events, ...this.#finish()];
  }

  #read(event: JsonObject, type: string | undefined): readonly ReplyEvent[] {
    switch (type) {
      case 'message_start':
        MESSAGE.lost(event['message'], 'response.', this.lost);
        return this.#begin(event['message']);
      case 'content_block_start':
        return [...this.#started(), ...this.#beginBlock(event['index'], event['content_block'])];
      case 'content_block_delta':
        return isJsonObject(event['delta'])
          ? [...this.#started(), ...this.#delta(event['index'], event['delta'])]
          : [];
      case 'content_block_stop':
        return this.#endBlock(event['index']);
      case 'message_delta':
        MESSAGE_DELTA.lost(event, 'response.', this.lost);
        this.#usage = mergeUsage(this.#usage, event['usage']);
        if (isJsonObject(event['delta']) && typeof event['delta']['stop_reason'] === 'string')
          this.#ending = event['delta'];
        return [];
      case 'message_stop':
        return this.#finish();
      default:
        if (type !== 'ping') this.lost.add(`response.${type}`);
        return [];
    }
  }

  #begin(message: unknown): readonly ReplyEvent[] {
    if (this.#hasStarted)
      throw new UpstreamError('upstream_invalid_response', "The upstream's stream begins a second message.");
    return this.#start(isJsonObject(message) ? message : {});
  }

  /** Some services omit `message_start`. */
  #started(): readonly ReplyEvent[] {
    return this.#hasStarted ? [] : this.#start({});
  }

  #start({ model, id, usage }: JsonObject): readonly ReplyEvent[] {
    this.#hasStarted = true;
    this.#usage = mergeUsage(this.#usage, usage);
    return [
      {
        kind: 'start',
        model: typeof model === 'string' ? model : '',
        id: typeof id === 'string' && id !== '' ? id : undefined,
      },
    ];
  }

  #beginBlock(index: unknown, said: unknown): readonly ReplyEvent[] {
    const content = isJsonObject(said) ? said : {};
    const ended = this.#endAll();
    const block = { type: content['type'], hasPieces: false };
    BLOCK.lost(content, 'response.', this.lost);
    switch (content['type']) {
      case 'text':
        this.#blocks.set(index, {
          ...block,
          start: this.#textLength,
          ...(isList(content['citations']) && { citations: [...content['citations']] }),
        });
        return [...ended, ...this.#text(content['text'])];
      case 'thinking':
        this.#blocks.set(index, { ...block, signature: content['signature'] });
        return [...ended, ...textOf('reasoning', content['thinking'])];
      case 'redacted_thinking':
        return typeof content['data'] === 'string'
          ? [...ended, { kind: 'seal', seal: redactedSeal(content['data']) }]
          : ended;
      case 'tool_use':
        return [...ended, this.#beginCall(index, content)];
      default:
        this.lost.add(`response.${String(content['type'])}`);
        this.#blocks.set(index, block);
        return ended;
    }
  }

  #beginCall(index: unknown, { id, name, input }: JsonObject): ReplyEvent {
    if (typeof name !== 'string' || name === '') throw namelessCall();
    const call = this.#callCount++;
    const hasInput = isJsonObject(input) && Object.keys(input).length > 0;
    this.#blocks.set(index, {
      type: 'tool_use',
      call,
      hasPieces: false,
      ...(hasInput && { input: stringifyJson(input) }),
    });
    const known = typeof id === 'string' && id !== '' ? id : newId('toolu');
    return callPiece({ index: call, id: known, type: 'function', name, arguments: '' });
  }

  #delta(index: unknown, delta: JsonObject): readonly ReplyEvent[] {
    const block = this.#blocks.get(index);
    switch (delta['type']) {
      case 'text_delta':
        return this.#text(delta['text']);
      case 'thinking_delta':
        return textOf('reasoning', delta['thinking']);
      case 'signature_delta':
        if (block !== undefined) block.signature = delta['signature'];
        return [];
      case 'citations_delta':
        if (block?.start === undefined) return this.#lose(block, delta);
        (block.citations ??= []).push(delta['citation']);
        return [];
      case 'input_json_delta':
        return this.#piece(block, delta['partial_json']);
      default:
        return this.#lose(block, delta);
    }
  }

  /**
   * Reports a delta as lost. The deltas of a block that is not read are lost with the block, which
   * was reported when it began.
   */
  #lose(block: Block | undefined, { type }: JsonObject): readonly ReplyEvent[] {
    if (block === undefined || READ.has(block.type)) this.lost.add(`response.${String(type)}`);
    return [];
  }

  #text(said: unknown): readonly ReplyEvent[] {
    const events = textOf('text', said);
    if (events.length > 0) this.#textLength += (said as string).length;
    return events;
  }

  /** Citations may arrive before the text, and apply to all of it. */
  #cited({ citations, start }: Block): readonly ReplyEvent[] {
    if (citations === undefined || start === undefined) return [];
    return citations.flatMap((said) => {
      const citation = citationOf(said, start, this.#textLength, this.lost);
      return citation === undefined ? [] : [{ kind: 'citation' as const, citation }];
    });
  }

  #piece(block: Block | undefined, json: unknown): readonly ReplyEvent[] {
    if (typeof json !== 'string' || json === '') return [];
    if (block === undefined)
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream goes on with a block that has not begun.",
      );
    // The input of a tool that the service itself runs.
    if (block.call === undefined) return [];
    block.hasPieces = true;
    return [callPiece({ index: block.call, arguments: json })];
  }

  #endBlock(index: unknown): readonly ReplyEvent[] {
    const block = this.#blocks.get(index);
    if (block === undefined) return [];
    this.#blocks.delete(index);
    if (block.call !== undefined)
      return block.hasPieces ? [] : [callPiece({ index: block.call, arguments: block.input ?? '{}' })];
    if (block.type === 'text') return this.#cited(block);
    const seal = block.type === 'thinking' ? sealOfSignature(block.signature) : undefined;
    return seal === undefined ? [] : [{ kind: 'seal', seal }];
  }

  /**
   * Tool calls may overlap with other blocks, but thinking must be sealed before another block
   * follows.
   */
  #endAll(withCalls = false): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    for (const [index, { call }] of this.#blocks)
      if (withCalls || call === undefined) events.push(...this.#endBlock(index));
    return events;
  }

  #finish(): readonly ReplyEvent[] {
    this.isDone = true;
    const counts = this.#usage && chatCounts(this.#usage);
    return [
      ...this.#started(),
      ...this.#endAll(true),
      finishOf(this.#ending ?? {}, this.#callCount > 0),
      ...(counts === undefined ? [] : [{ kind: 'usage' as const, counts }]),
      { kind: 'end' },
    ];
  }
}

/**
 * Reads a complete message.
 * @throws ReportedFailure for an error, UpstreamError for anything that is not a message
 */
export function readMessage(document: unknown, lost?: Names): readonly ReplyEvent[] {
  const error = errorOfMessage(document);
  if (error !== undefined) throw new ReportedFailure(error, document);
  if (isJsonObject(document)) return new MessagesReader(lost).readMessage(document);
  throw new UpstreamError('upstream_invalid_response', "The upstream's answer is not a JSON object.");
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function textOf(kind: 'text' | 'reasoning', delta: unknown): readonly ReplyEvent[] {
  return typeof delta === 'string' && delta !== '' ? [{ kind, delta }] : [];
}

function callPiece(piece: ToolCallPiece): ReplyEvent {
  return { kind: 'tool-calls', pieces: [piece] };
}
