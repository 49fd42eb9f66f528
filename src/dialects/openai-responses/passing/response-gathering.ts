import { UpstreamError } from '../../../errors/upstream-errors.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  judgeJson,
  isJsonObject,
  parseLosslessJson,
} from '../../../protocol/json.js';
import { type ReplyGathering } from '../../ports/received-reply.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { errorOfEvent } from '../upstream/reported-error.js';

/** The events that end a stream. They contain the whole response; some services omit its items. */
const ENDS: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.done']);

/** Gathers a stream of this format into one response. */
export class ResponseGathering implements ReplyGathering {
  readonly #boundary = new SseBoundary();
  readonly #items: JsonObject[] = [];
  #response: JsonObject | undefined;
  #failure: ReportedFailure | undefined;
  #values = 0;

  get isDone(): boolean {
    return this.#response !== undefined || this.#failure !== undefined;
  }

  /** Always false: only a response with a final event is known to be complete. */
  isWholeDespite(): boolean {
    return false;
  }

  read(chunk: Buffer): void {
    const events = this.#boundary.push(chunk);
    if (events !== undefined) this.#readAll(events);
  }

  /** @throws ReportedFailure, UpstreamError */
  finish(): JsonObject {
    if (!this.isDone) this.#readAll(this.#boundary.rest());
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#response === undefined)
      throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
    const { output } = this.#response;
    const hasOutput = Array.isArray(output) && output.length > 0;
    return hasOutput ? this.#response : { ...this.#response, output: this.#items.filter(isJsonObject) };
  }

  #readAll(events: Buffer): void {
    for (const event of sseEvents(events.toString())) {
      if (this.isDone) return;
      this.#read(event);
    }
  }

  #read({ event, data }: SseEvent): void {
    if (data.trim() === '' || !isWorthParsing(event, data)) return;
    const value = parseLosslessJson(data);
    const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : event;
    const error = errorOfEvent(value, type);
    if (error !== undefined) this.#failure = new ReportedFailure(error, value);
    if (!isJsonObject(value)) return;
    const { output_index: index, item, response } = value;
    if (type === 'response.output_item.done' && isJsonObject(item)) {
      this.#count(data);
      this.#items[isPosition(index) ? index : this.#items.length] = item;
    } else if (ENDS.has(type) && isJsonObject(response)) this.#response = response;
  }

  /** Limits the JSON values of all items together; the parser limits those of each event. */
  #count(data: string): void {
    this.#values += judgeJson(data).values;
    if (this.#values > BUILT_LIMITS.values)
      throw new UpstreamError(
        'upstream_invalid_response',
        `The upstream's stream has more than ${BUILT_LIMITS.values} JSON values.`,
      );
  }
}

function isPosition(index: unknown): index is number {
  return Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < BUILT_LIMITS.values;
}

/** Matches events that are worth parsing. Inside JSON strings, the quotes would be escaped. */
const WORTH_PARSING =
  /"type"\s*:\s*"(?:error|response\.(?:output_item\.done|completed|incomplete|done|failed|cancelled))"|"error"\s*:\s*["{[]/;
const NAMED = /^(?:error|response\.(?:output_item\.done|completed|incomplete|done|failed|cancelled))$/i;

function isWorthParsing(event: string | undefined, data: string): boolean {
  return WORTH_PARSING.test(data) || (event !== undefined && NAMED.test(event));
}
