import { type Usage } from '../../../conversation/usage.js';
import { credentialRefused } from '../../../errors/credential-words.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { reportedError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject, parseJson, stringifyJson } from '../../../protocol/json.js';
import { readSigns } from '../../../upstream/failure/failure-signs.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { type SpokenEvents, SpokenText } from '../../counting/spoken-text.js';
import { type ReplyWatch, type WatchOptions } from '../../ports/reply-watch.js';
import { type SseBoundary } from '../../framing/sse-boundary.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { messagesError } from '../errors.js';
import { mergeUsage, usageOf } from '../usage.js';
import { MESSAGE_STOP, namedEvent } from '../response/named-event.js';

/** Words in events that are worth parsing; inside JSON strings, their quotes would be escaped. */
const NEWS =
  /"type"\s*:\s*"(?:message_(?:start|delta|stop)|error)"|"errors?"\s*:\s*["{[]|(?:^|[\r\n])event: ?[Ee](?:rror|RROR)/;
const HAS_DATA = /(?:^|[\r\n])data:/;
/** A line that is neither an event name nor data: a comment. */
const OTHER_LINE = /^(?!data:|event:).+$/m;
const OTHER_LINES = new RegExp(OTHER_LINE, 'gm');
const BETWEEN_EVENTS = /(?:\r\n|\n|\r(?!\n)){2,}/g;

const UNFINISHED_STOP = /(?:^|[\r\n])data: ?\{\s*"type"\s*:\s*"message_stop"\s*\}\s*$/;
const MAX_STOP_BYTES = 128;

/** Failures of the connection that do not matter once the stop reason has arrived. */
export const HARMLESS: ReadonlySet<string | null> = new Set([
  'idle_timeout',
  'total_timeout',
  'upstream_unreachable',
]);

const SPOKEN: SpokenEvents = {
  fields: ['text', 'thinking', 'partial_json'],
  newsOf: ({ type, delta, content_block: block }) =>
    type === 'content_block_delta' ? { delta } : type === 'content_block_start' && { content_block: block },
};

/**
 * Observes a stream on its way to the client. Errors in it are rewritten as SDKs expect them,
 * without secrets.
 */
export class MessagesWatch implements ReplyWatch {
  readonly said: SpokenText | undefined;
  hasData = false;
  error: unknown;
  errorEvent: unknown;
  #hasStopped = false;
  /** Whether a stop reason has arrived. */
  #isFinished = false;
  #usage: JsonObject | undefined;

  constructor({ countsWords = false }: WatchOptions = {}) {
    this.said = countsWords ? new SpokenText(SPOKEN) : undefined;
  }

  get isOver(): boolean {
    return this.#hasStopped || this.error !== undefined;
  }

  /** The counts are not final before the reply has ended. */
  get usage(): Usage | undefined {
    return this.#isFinished ? usageOf(this.#usage) : undefined;
  }

  get begunUsage(): Usage | undefined {
    return usageOf(this.#usage);
  }

  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    // Latin-1 suffices to find ASCII words, and is cheaper than UTF-8.
    const text = events.toString('latin1');
    if (!this.hasData) this.hasData = HAS_DATA.test(text);
    this.said?.pass(events);
    const news = NEWS.test(text) ? this.#read(events, text, redactor, sent) : events;
    return OTHER_LINE.test(text) ? cleanLines(news, redactor, sent) : news;
  }

  holdsEnd(boundary: SseBoundary): boolean {
    const { heldLength } = boundary;
    if (heldLength === 0 || heldLength > MAX_STOP_BYTES) return false;
    return UNFINISHED_STOP.test(boundary.rest().toString('latin1'));
  }

  isWhole(rest: Buffer): boolean {
    const [event] = sseEvents(rest.toString());
    return event !== undefined && isJsonObject(parseJson(event.data));
  }

  ending(code?: string | null): string | undefined {
    if (this.#hasStopped) return '';
    if (code === undefined && this.error !== undefined) return '';
    return this.#isFinished && (code === undefined || HARMLESS.has(code)) ? MESSAGE_STOP : undefined;
  }

  failure(error: GatewayError): string {
    return namedEvent({ type: 'error', error: messagesError(error) });
  }

  /** @returns the bytes for the client; nothing after the end */
  #read(events: Buffer, text: string, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    let start = 0;
    while (start < text.length) {
      BETWEEN_EVENTS.lastIndex = start;
      const end = BETWEEN_EVENTS.test(text) ? BETWEEN_EVENTS.lastIndex : text.length;
      for (const event of sseEvents(events.toString('utf8', start, end))) {
        if (this.#readError(event)) {
          const said = cleanError(this.error, this.errorEvent, redactor, sent);
          return Buffer.concat([events.subarray(0, start), Buffer.from(said)]);
        }
        if (this.#hasStopped) return events.subarray(0, end);
      }
      start = end;
    }
    return events;
  }

  /** @returns whether the event reports an error */
  #readError({ event, data }: SseEvent): boolean {
    const value = parseJson(data);
    const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : event;
    const error = reportedError(value ?? data, type === 'error' ? type : event);
    if (error !== undefined) {
      this.error = error;
      this.errorEvent = value;
      return true;
    }
    if (isJsonObject(value)) this.#readNews(value, type);
    return false;
  }

  #readNews({ message, delta, usage }: JsonObject, type: string | undefined): void {
    if (type === 'message_stop') this.#hasStopped = true;
    else if (type === 'message_start' && isJsonObject(message))
      this.#usage = mergeUsage(this.#usage, message['usage']);
    else if (type === 'message_delta') {
      this.#usage = mergeUsage(this.#usage, usage);
      this.#isFinished ||= isJsonObject(delta) && typeof delta['stop_reason'] === 'string';
    }
  }
}

/** A service's error in the form that SDKs look for. */
export function errorEvent(error: unknown): string {
  const said = asObject(error);
  const { type, message } = said;
  return namedEvent({
    type: 'error',
    error: {
      ...said,
      type: typeof type === 'string' ? type : 'api_error',
      message: typeof message === 'string' ? message : stringifyJson(error),
    },
  });
}

/**
 * The same error without secrets, worded so that no client takes the gateway's credential for its
 * own key.
 * @param document the service's complete error document
 */
function cleanError(
  error: unknown,
  document: unknown,
  redactor: SecretRedactor,
  sent: UpstreamRequest,
): string {
  const clean = redactor.redactValue(asObject(error), sent) as JsonObject;
  const { type, message } = clean;
  const isCredential =
    type === 'authentication_error' || readSigns([asObject(error), document]).reason === 'credential';
  if (!isCredential) return errorEvent(clean);
  return errorEvent({
    message: credentialRefused(sent.model, typeof message === 'string' ? message : undefined),
    details: { error_code: 'upstream_auth_failed' },
  });
}

function asObject(error: unknown): JsonObject {
  if (isJsonObject(error)) return error;
  return { message: typeof error === 'string' ? error : stringifyJson(error) };
}

function cleanLines(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
  // Latin-1 preserves every byte.
  const text = events.toString('latin1');
  const clean = text.replaceAll(OTHER_LINES, (line) => {
    const said = Buffer.from(line, 'latin1').toString();
    const redacted = redactor.redact(said, sent);
    return redacted === said ? line : Buffer.from(redacted).toString('latin1');
  });
  return clean === text ? events : Buffer.from(clean, 'latin1');
}
