import { type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject, excessOf, isJsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { ReportedFailure, type ReplyReader } from '../../ports/upstream-dialect.js';
import { type SseEvent } from '../../framing/sse-events.js';
import { type Names, UNNAMED } from '../../fields/shape.js';
import { chatCounts } from '../usage.js';
import { OutputReading } from './output-reading.js';
import { RESPONSE } from './shapes.js';
import { errorOfEvent, errorOfResponse } from './reported-error.js';

/** Reasons for an early end, as finish reasons of chat completions. */
const FINISH: Readonly<Record<string, string>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
  steered: 'stop',
};
const NOT_ENDED: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

/**
 * Reads the events of a response. Items of tools that the service runs itself are omitted and
 * reported as lost. Wire format: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class ResponsesReader implements ReplyReader {
  isDone = false;
  #hasStarted = false;
  readonly #output: OutputReading;

  constructor(private readonly lost: Names = UNNAMED) {
    this.#output = new OutputReading(lost);
  }

  read({ event, data }: SseEvent): readonly ReplyEvent[] {
    const text = data.trim();
    if (this.isDone || text === '') return [];
    if (text === '[DONE]') return this.#endByWord();
    const value = parseLosslessJson(data);
    const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : event;
    const error = errorOfEvent(value, type);
    if (error !== undefined) throw new ReportedFailure(error, value);
    if (!isJsonObject(value)) {
      const why = excessOf(data) ?? 'is not a JSON object';
      throw invalid(`An event of the upstream's stream ${why}.`);
    }
    return this.#read(value, type);
  }

  end(): readonly ReplyEvent[] {
    throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
  }

  /** @throws ReportedFailure, UpstreamError */
  readResponse(document: unknown): readonly ReplyEvent[] {
    const error = errorOfResponse(document);
    if (error !== undefined) throw new ReportedFailure(error, document);
    if (!isJsonObject(document)) throw invalid("The upstream's answer is not a JSON object.");
    if (!Array.isArray(document['output']))
      throw invalid("The upstream's answer is JSON, but holds no output.");
    if (NOT_ENDED.has(document['status']))
      throw invalid("The upstream's answer is a response that has not ended yet.");
    return [...this.#started(document), ...this.#finish(document)];
  }

  #read(value: JsonObject, type: string | undefined): readonly ReplyEvent[] {
    const { response } = value;
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return this.#started(response);
      case 'response.completed':
      case 'response.incomplete':
      case 'response.done':
        return [...this.#started(response), ...this.#finish(isJsonObject(response) ? response : {}, type)];
      default: {
        const news = this.#output.read(value, type);
        // Some services omit `response.created`.
        return news.length === 0 ? news : [...this.#started(undefined), ...news];
      }
    }
  }

  #started(response: unknown): readonly ReplyEvent[] {
    if (this.#hasStarted) return [];
    this.#hasStarted = true;
    const { model, id } = isJsonObject(response) ? response : {};
    return [
      {
        kind: 'start',
        model: typeof model === 'string' ? model : '',
        id: typeof id === 'string' && id !== '' ? id : undefined,
      },
    ];
  }

  #finish(response: JsonObject, type?: string): readonly ReplyEvent[] {
    this.isDone = true;
    RESPONSE.lost(response, 'response.', this.lost);
    const { output, status, incomplete_details: details } = response;
    const rest = Array.isArray(output) ? this.#output.readAll(output) : [];
    const counts = chatCounts(response);
    const isCut = type === 'response.incomplete' || status === 'incomplete';
    const why = isJsonObject(details) ? details['reason'] : undefined;
    const reason = isCut ? (FINISH[String(why)] ?? 'length') : this.#wholeReason();
    return [
      ...rest,
      { kind: 'finish', reason },
      ...(counts === undefined ? [] : [{ kind: 'usage', counts } as const]),
      { kind: 'end' },
    ];
  }

  #wholeReason(): string {
    return this.#output.hasCalls ? 'tool_calls' : 'stop';
  }

  /** Some services send `[DONE]`, although the format has an event for the end. */
  #endByWord(): readonly ReplyEvent[] {
    if (!this.#output.isWhole) return [];
    this.isDone = true;
    return [{ kind: 'finish', reason: this.#wholeReason() }, { kind: 'end' }];
  }
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
