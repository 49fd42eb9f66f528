import { UpstreamError } from '../../../errors/upstream-errors.js';
import { CompletionBuilder } from './completion-builder.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  isJsonObject,
  judgeJson,
  parseJson,
  parseLosslessJson,
} from '../../../protocol/json.js';
import { NO_LIMITS } from '../../../protocol/scanning/json-scan.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { StreamProgress } from '../watching/stream-progress.js';
import { eventError } from '../watching/event-error.js';
import { holdsDone, isDone } from '../done.js';

/** Gathers a stream into one chat completion, event by event. */
export class ChunkGathering {
  readonly #boundary = new SseBoundary();
  readonly #builder = new CompletionBuilder();
  readonly #progress: StreamProgress;
  #error: unknown;
  /** The event that reported the error. */
  #errorEvent: unknown;
  #values = 0;

  /** @param choiceCount how many choices the client asked for */
  constructor(choiceCount: number) {
    this.#progress = new StreamProgress(choiceCount);
  }

  /** Whether nothing that follows belongs to the completion. */
  get isDone(): boolean {
    return this.#progress.isDone || this.#error !== undefined;
  }

  /** Whether the reply was complete although its connection stayed open or failed. */
  isWholeDespite(code: string | null): boolean {
    return this.#progress.isWholeDespite(code);
  }

  /** @throws UpstreamError for an event that is not a chunk, or is ambiguous */
  read(chunk: Buffer): void {
    const events = this.#boundary.push(chunk);
    if (events !== undefined) this.#readEvents(events, false);
    if (holdsDone(this.#boundary)) this.#progress.isDone = true;
  }

  /**
   * @returns the completion; or an object with the `error` that the stream reported, and the other
   * fields of its event
   * @throws UpstreamError for a stream that was cut off
   */
  finish(): JsonObject {
    if (!this.isDone) this.#readEvents(this.#boundary.rest(), true);
    if (this.#error !== undefined)
      return { ...(isJsonObject(this.#errorEvent) && this.#errorEvent), error: this.#error };
    if (!this.#progress.isDone && !this.#progress.isFinished)
      throw new UpstreamError('upstream_stream_interrupted', 'The upstream cut its response off.');
    const completion = this.#builder.build(true);
    if ((completion['choices'] as readonly unknown[]).length > 0) return completion;
    throw invalid("The upstream's stream holds no choices.");
  }

  /** @param mayBeCut whether the empty line that ends an event may be missing */
  #readEvents(events: Buffer, mayBeCut: boolean): void {
    this.#progress.read(events);
    for (const event of sseEvents(events.toString())) {
      if (isDone(event.data) || this.#error !== undefined) return;
      this.#readEvent(event, mayBeCut);
    }
  }

  /**
   * Scans the bytes once before it builds the event once: an event may be as large as a document.
   */
  #readEvent(event: SseEvent, mayBeCut: boolean): void {
    const { data } = event;
    const { isJson, excess, values } = judgeJson(data);
    const chunk = isJson ? parseLosslessJson(data, NO_LIMITS) : undefined;
    if (eventError(event, chunk) !== undefined) {
      this.#errorEvent = parseJson(data);
      this.#error = eventError(event, this.#errorEvent);
      return;
    }
    // Some services send these to keep a connection alive.
    if (chunk === null || data.trim() === '') return;
    if (isJsonObject(chunk)) this.#add(chunk, values);
    else if (!mayBeCut)
      throw invalid(`An event of the upstream's stream ${excess ?? 'is not a JSON object'}.`);
  }

  /** Each event is within the limits, and all of them together must be as well. */
  #add(chunk: JsonObject, values: number): void {
    this.#values += values;
    if (this.#values > BUILT_LIMITS.values)
      throw invalid(`The upstream's stream has more than ${BUILT_LIMITS.values} JSON values.`);
    this.#builder.add(chunk);
  }
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
