import { UpstreamError } from '../../../errors/upstream-errors.js';
import { reportedError } from '../../../protocol/errors/error-shape.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  judgeJson,
  parseLosslessJson,
} from '../../../protocol/json.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { type ReplyGathering } from '../../ports/received-reply.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { messageHead } from '../response/message.js';
import { messageUsage } from '../usage.js';
import { GatheredBlocks } from './gathered-blocks.js';
import { HARMLESS } from './messages-watch.js';

/**
 * Assembles a stream of this format into one message, with every block, including blocks of unknown
 * types, and every field that an event sets. Wire format:
 * https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessageGathering implements ReplyGathering {
  readonly #boundary = new SseBoundary();
  readonly #blocks = new GatheredBlocks();
  #message: JsonObject | undefined;
  #usage: JsonObject | undefined;
  #failure: ReportedFailure | undefined;
  /** Whether a stop reason has arrived. */
  #isFinished = false;
  #hasStopped = false;
  #values = 0;

  /** @param model used if the service omits the start of the message */
  constructor(private readonly model: string) {}

  get isDone(): boolean {
    return this.#hasStopped || this.#failure !== undefined;
  }

  isWholeDespite(code: string | null): boolean {
    return this.#isFinished && HARMLESS.has(code);
  }

  read(chunk: Buffer): void {
    const events = this.#boundary.push(chunk);
    if (events !== undefined) this.#readAll(events);
  }

  /** @throws ReportedFailure, UpstreamError */
  finish(): JsonObject {
    if (!this.isDone) this.#readAll(this.#boundary.rest());
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#hasStopped && !this.#isFinished)
      throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
    const message = this.#message ?? messageHead(this.model, undefined);
    const content = this.#blocks.finish();
    // Typed clients require the counts.
    return { ...message, content, usage: this.#usage ?? messageUsage() };
  }

  #readAll(events: Buffer): void {
    for (const event of sseEvents(events.toString())) {
      if (this.isDone) return;
      this.#readEvent(event);
    }
  }

  #readEvent({ event: name, data }: SseEvent): void {
    const text = data.trim();
    if (text === '') return;
    if (text === '[DONE]') {
      this.#hasStopped = this.#isFinished;
      return;
    }
    const value = parseLosslessJson(data);
    const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : name;
    const error = reportedError(value ?? data, type === 'error' ? type : name);
    if (error !== undefined) this.#failure = new ReportedFailure(error, value);
    else if (isJsonObject(value)) this.#read(value, type, data);
    else throw invalid(`An event of the upstream's stream ${excessOf(data) ?? 'is not a JSON object'}.`);
  }

  #read({ type: _type, ...event }: JsonObject, type: string | undefined, data: string): void {
    switch (type) {
      case 'message_start':
        this.#count(data);
        this.#begin(event['message']);
        break;
      case 'content_block_start':
        this.#count(data);
        this.#beginBlock(event['index'], event['content_block']);
        break;
      case 'content_block_delta':
        if (this.#blocks.add(event['index'], event['delta'])) this.#count(data);
        break;
      case 'content_block_stop':
        this.#blocks.end(event['index']);
        break;
      case 'message_delta':
        this.#count(data);
        this.#addToMessage(event);
        break;
      case 'message_stop':
        this.#addFields(event);
        this.#hasStopped = true;
        break;
      default:
        break;
    }
  }

  #begin(message: unknown): void {
    if (this.#message !== undefined) throw invalid("The upstream's stream begins a second message.");
    const { content, usage, ...fields } = isJsonObject(message) ? message : {};
    this.#message = fields;
    this.#addUsage(usage);
    if (Array.isArray(content))
      for (const [index, block] of content.entries()) this.#beginBlock(index, block);
  }

  #beginBlock(index: unknown, block: unknown): void {
    this.#blocks.begin(index, block);
    // The service continued with another model, to which the message now belongs.
    const isFallback = isJsonObject(block) && block['type'] === 'fallback' && isJsonObject(block['to']);
    if (isFallback) this.#addFields({ model: (block['to'] as JsonObject)['model'] });
  }

  #addToMessage({ delta, usage, ...beside }: JsonObject): void {
    this.#addUsage(usage);
    this.#addFields(beside);
    if (!isJsonObject(delta)) return;
    this.#addFields(delta);
    this.#isFinished ||= typeof delta['stop_reason'] === 'string';
  }

  /** A null value does not override an earlier one. */
  #addFields(fields: JsonObject): void {
    this.#message = merged((this.#message ??= messageHead(this.model, undefined)), fields);
  }

  #addUsage(usage: unknown): void {
    if (isJsonObject(usage)) this.#usage = merged(this.#usage ?? {}, usage);
  }

  /** Each event is within the limits, and all of them together must be as well. */
  #count(data: string): void {
    this.#values += judgeJson(data).values;
    if (this.#values > BUILT_LIMITS.values)
      throw invalid(`The upstream's stream has more than ${BUILT_LIMITS.values} JSON values.`);
  }
}

function merged(known: JsonObject, said: JsonObject): JsonObject {
  const news = Object.entries(said).filter(
    ([name, value]) => value !== undefined && (value !== null || !Object.hasOwn(known, name)),
  );
  return { ...known, ...Object.fromEntries(news) };
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
