import { sumOfUsage } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { openAiStreamError } from '../../protocol/errors/error-format.js';
import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ReplyWatch } from '../ports/reply-watch.js';
import { type SseBoundary } from '../framing/sse-boundary.js';
import { type SseEvent, sseEvent, sseEvents } from '../framing/sse-events.js';
import { DONE_LINE, holdsDone, isDone } from '../openai-chat/done.js';
import { eventError } from '../openai-chat/watching/event-error.js';
import { cleanEvents } from '../openai-chat/watching/in-band-errors.js';
import { readPassedUsage } from './passed-usage.js';

const HAS_DATA = /(?:^|[\r\n])data:/;
const SAYS_ERROR = /"(?:errors?|base_resp)"\s*:\s*["{[]|"type"\s*:\s*"error"|(?:^|[\r\n])event: ?error/i;
const COMMENT = /(?:^|[\r\n]):/;

export interface EventWatchOptions {
  /** The `type` of the event that ends a reply. */
  readonly last: string;
  /** Whether a reply has only one such event, after which nothing follows. */
  readonly isOnlyOne: boolean;
  /** The usage that an event reports; default: its `usage`. */
  readonly usageOf?: (event: JsonObject) => Usage | undefined;
}

/**
 * Observes a stream of events with a `type`, such as `transcript.text.done`. Events may contain
 * megabytes of an image, so only errors and the last event are parsed. If the last event has
 * arrived, the reply ends with the connection: these streams have no `[DONE]`, although some
 * services send it.
 */
export class EventWatch implements ReplyWatch {
  hasData = false;
  error: unknown;
  errorEvent: unknown;
  usage: Usage | undefined;
  #isFinished = false;
  #isDone = false;
  readonly #last: RegExp;

  constructor(private readonly options: EventWatchOptions) {
    this.#last = new RegExp(`"type"\\s*:\\s*"${options.last}"|(?:^|[\\r\\n])event: ?${options.last}`);
  }

  get isOver(): boolean {
    return this.#isDone || this.error !== undefined || (this.#isFinished && this.options.isOnlyOne);
  }

  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    // Latin-1 suffices to find ASCII words, and is cheaper than UTF-8.
    const text = events.toString('latin1');
    if (!this.hasData) this.hasData = HAS_DATA.test(text);
    const saysError = SAYS_ERROR.test(text);
    if (saysError || this.#last.test(text)) {
      for (const event of sseEvents(saysError ? events.toString() : text)) this.#read(event);
    }
    if (text.includes('[DONE]') && DONE_LINE.test(text)) this.#isDone = true;
    return saysError || COMMENT.test(text) ? cleanEvents(events, redactor, sent) : events;
  }

  holdsEnd(boundary: SseBoundary): boolean {
    return holdsDone(boundary);
  }

  /** The rest is complete if it is `[DONE]` or its JSON is complete. */
  isWhole(rest: Buffer): boolean {
    const [event] = sseEvents(rest.toString());
    if (event === undefined || event.data === '') return false;
    return isDone(event.data) || parseJson(event.data) !== undefined;
  }

  ending(): string | undefined {
    return this.#isFinished || this.#isDone || this.error !== undefined ? '' : undefined;
  }

  failure(error: GatewayError): string {
    return sseEvent({ error: openAiStreamError(error) });
  }

  #read(event: SseEvent): void {
    const value = parseJson(event.data);
    const error = eventError(event, value);
    if (error !== undefined && this.error === undefined) {
      this.error = error;
      this.errorEvent = value;
    }
    if (!isJsonObject(value)) return;
    const { last, isOnlyOne, usageOf = readUsage } = this.options;
    if (value['type'] === last || event.event === last) this.#isFinished = true;
    else if (!isOnlyOne) return;
    const usage = usageOf(value);
    this.usage = isOnlyOne ? (usage ?? this.usage) : sumOfUsage(this.usage, usage);
  }
}

function readUsage({ usage }: JsonObject): Usage | undefined {
  return readPassedUsage(usage);
}
