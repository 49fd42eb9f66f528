import { type Usage } from '../../../conversation/usage.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { openAiStreamError } from '../../../protocol/errors/error-format.js';
import { errorObject } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject, parseJson } from '../../../protocol/json.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { type SpokenEvents, SpokenText } from '../../counting/spoken-text.js';
import { type ClientRequest } from '../../ports/dialect.js';
import { type ReplyWatch, type WatchOptions } from '../../ports/reply-watch.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { inOwnWords } from '../../openai-chat/watching/in-band-errors.js';
import { type ResponseHead, newId, unixSeconds } from '../reply/response-head.js';
import { errorOfEvent } from '../upstream/reported-error.js';
import { usageOf } from '../usage.js';
import { failureEvents } from './failed-response.js';
import { firstEventOf } from './first-event.js';

const ENDS: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete', 'response.done']);
/**
 * Matches the events that begin or end a response; inside JSON strings, the quotes would be
 * escaped.
 */
const WORTH_PARSING =
  /"type"\s*:\s*"(?:error|response\.(?:created|completed|incomplete|done|failed|cancelled))"|"errors?"\s*:\s*["{[]|(?:^|[\r\n])event: ?(?:[Ee](?:rror|RROR)|response\.(?:created|completed|incomplete|done|failed|cancelled))/;
const SEQUENCE = /"sequence_number"\s*:\s*(\d+)/g;
const BETWEEN_EVENTS = /(?:\r\n|\n|\r(?!\n)){2,}/g;
/** Matches a line of an event of a response. Other lines, such as comments, may contain secrets. */
const LINE = /^(?:event: ?response\.[\w.]+|data: ?\{.*"type"\s*:\s*"response\..*\})?$/;

const SPOKEN: SpokenEvents = {
  fields: ['delta'],
  newsOf: ({ type, delta }) =>
    typeof type === 'string' && type.endsWith('.delta') && !type.endsWith('.audio.delta') && { text: delta },
};

/**
 * Observes a stream of this format on its way to the client. Its events pass unchanged, except for
 * errors, which are rewritten so that every client recognises them, and for secrets in anything
 * that is not an event of a response.
 */
export class ResponsesWatch implements ReplyWatch {
  readonly said: SpokenText | undefined;
  hasData = false;
  error: unknown;
  errorEvent: unknown;
  usage: Usage | undefined;
  #isEnded = false;
  #head: ResponseHead | undefined;
  /** The last piece that passed; its last sequence number determines the next one. */
  #last: string | undefined;

  constructor(
    private readonly request: ClientRequest,
    { countsWords = false }: WatchOptions = {},
  ) {
    this.said = countsWords ? new SpokenText(SPOKEN) : undefined;
  }

  get isOver(): boolean {
    return this.#isEnded || this.error !== undefined;
  }

  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    // Latin-1 suffices to find ASCII words, and is cheaper than UTF-8.
    const text = events.toString('latin1');
    if (!this.hasData) this.hasData = firstEventOf(events) !== undefined;
    this.said?.pass(events);
    const news = WORTH_PARSING.test(text) ? this.#passEach(events, redactor, sent) : events;
    if (this.error === undefined) this.#last = text;
    if (this.error !== undefined || isPlain(text)) return news;
    return cleaned(news, redactor, sent);
  }

  /**
   * Always false: the event that ends a response is long, and its end looks like that of any line.
   */
  holdsEnd(): boolean {
    return false;
  }

  isWhole(rest: Buffer): boolean {
    const data = [...sseEvents(rest.toString())].at(-1)?.data.trim();
    return data !== undefined && (data === '[DONE]' || parseJson(data) !== undefined);
  }

  ending(): string | undefined {
    return this.isOver ? '' : undefined;
  }

  failure(error: GatewayError): string {
    const said = openAiStreamError(error);
    return failureEvents(said, { head: this.#head, sequence: this.#nextSequence() }, this.request);
  }

  /** @returns everything up to the end or an error, including it */
  #passEach(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    const text = events.toString();
    let start = 0;
    for (const end of endsOf(text)) {
      const [event] = sseEvents(text.slice(start, end));
      if (event !== undefined) {
        const failed = this.#read(event);
        if (failed !== undefined) {
          this.#last = text.slice(0, start) || this.#last;
          return Buffer.from(text.slice(0, start) + this.#failed(failed, redactor, sent));
        }
        // Anything after the end does not belong to the response.
        if (this.#isEnded) return end === text.length ? events : Buffer.from(text.slice(0, end));
      }
      start = end;
    }
    return events;
  }

  /** @returns the event if it reports an error */
  #read(each: SseEvent): JsonObject | undefined {
    if (!WORTH_PARSING.test(each.data) && each.event === undefined) return undefined;
    const value = parseJson(each.data);
    const type =
      isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : each.event?.toLowerCase();
    const error = errorOfEvent(value, type) ?? (type === 'error' ? each.data : undefined);
    if (error !== undefined) {
      this.error = error;
      this.errorEvent = value;
      return isJsonObject(value) ? value : {};
    }
    const response = isJsonObject(value) ? value['response'] : undefined;
    if (!isJsonObject(response)) return undefined;
    if (type === 'response.created') this.#head ??= this.#headOf(response);
    if (ENDS.has(type)) {
      this.#isEnded = true;
      this.usage = usageOf(response);
    }
    return undefined;
  }

  #headOf({ id, created_at, model }: JsonObject): ResponseHead {
    return {
      id: typeof id === 'string' ? id : newId('resp'),
      created_at: typeof created_at === 'number' ? created_at : unixSeconds(),
      model: typeof model === 'string' ? model : this.request.model,
    };
  }

  /** The upstream's own error, in the form that clients recognise, without secrets. */
  #failed(event: JsonObject, redactor: SecretRedactor, sent: UpstreamRequest): string {
    const said = inOwnWords(errorObject(this.error), sent, [{ error: this.error }, event]);
    const error = redactor.redactValue(said, sent) as JsonObject;
    const response = isJsonObject(event['response'])
      ? (redactor.redactValue(event['response'], sent) as JsonObject)
      : undefined;
    return failureEvents(error, { head: this.#head, sequence: this.#nextSequence() }, this.request, response);
  }

  #nextSequence(): number {
    const last = [...(this.#last ?? '').matchAll(SEQUENCE)].at(-1)?.[1];
    return last === undefined ? 0 : Number(last) + 1;
  }
}

/** The positions at which events end. */
function endsOf(text: string): readonly number[] {
  const ends = [...text.matchAll(BETWEEN_EVENTS)].map(({ 0: gap, index }) => index + gap.length);
  return ends.at(-1) === text.length ? ends : [...ends, text.length];
}

function isPlain(text: string): boolean {
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    if (!isPlainLine(text, start, end)) return false;
    start = end + 1;
  }
  return true;
}

/** Uses only native searches, because healthy streams pay for it, too. */
function isPlainLine(text: string, start: number, end: number): boolean {
  if (end - start < 2) return true;
  if (text.startsWith('event: response.', start)) return true;
  if (!text.startsWith('data:', start)) return false;
  const type = text.indexOf('"type":"response.', start);
  if (type >= 0 && type < end) return true;
  return LINE.test(text.slice(start, end).trimEnd());
}

/** Removes secrets from everything that is not an event of a response. */
function cleaned(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
  const text = events.toString();
  let clean = '';
  let start = 0;
  for (const end of endsOf(text)) {
    const each = text.slice(start, end);
    clean += isPlain(each) ? each : redactor.redact(each, sent);
    start = end;
  }
  return clean === text ? events : Buffer.from(clean);
}
