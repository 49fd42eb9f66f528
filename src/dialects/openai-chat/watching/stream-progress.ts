import { saysError } from '../../../protocol/errors/error-shape.js';
import { readFinishReason } from '../finish-reason.js';
import { isJsonObject, parseJson } from '../../../protocol/json.js';
import { type SseEvent, sseEvents } from '../../framing/sse-events.js';
import { eventError } from './event-error.js';
import { DONE_LINE } from '../done.js';
import { laterUsage } from '../usage.js';

/** Words in events that are worth parsing; inside JSON strings, their quotes would be escaped. */
const WORTH_PARSING =
  /"finish_reason"\s*:\s*"(?!")|"(?:usage|errors?|base_resp)"\s*:\s*["{[]|"(?:message|msg|error_msg|errmsg|detail)"\s*:|(?:^|[\r\n])event: ?[Ee](?:rror|RROR)/;
const HAS_DATA = /(?:^|[\r\n])data:/;

const NOT_NULL_ERROR = /"errors?"\s*:\s*(?!null|\s)/;

/**
 * Observes the `chat.completion.chunk` events of a stream, to know at its end whether it was
 * complete. Only the few events that end something are parsed; unparsable ones are ignored.
 */
export class StreamProgress {
  hasData = false;
  /** Whether the last piece contains more than content: errors, comments or other events. */
  hasMore = false;
  isDone = false;
  /**
   * The first error that the upstream reported; only the ASCII characters of its text are reliable.
   * Undefined: none so far.
   */
  error: unknown;
  /** The parsed event that reported the error. */
  errorEvent: unknown;
  /** Whether the error has a form that SDKs do not recognise. */
  isOddError = false;
  /** From the last event that contained it. */
  saidUsage: unknown;
  /** From the last event that contained it. */
  saidTier: unknown;
  readonly #seen = new Set<unknown>();
  readonly #finished = new Set<unknown>();

  /** @param choiceCount number of choices that the client requested */
  constructor(private readonly choiceCount: number) {}

  /** @param bytes begins and ends between events */
  read(bytes: Buffer): void {
    // Latin-1 suffices to find ASCII words, and is cheaper than UTF-8.
    const text = bytes.toString('latin1');
    if (!this.hasData) this.hasData = HAS_DATA.test(text);
    if (this.choiceCount > 1 || WORTH_PARSING.test(text)) {
      for (const event of sseEvents(text)) this.#readChunk(event);
    }
    if (text.includes('[DONE]') && DONE_LINE.test(text)) this.isDone = true;
    this.hasMore = holdsMore(text);
  }

  get hasError(): boolean {
    return this.error !== undefined;
  }

  /** Whether every choice has its finish reason, with or without `[DONE]`. */
  get isFinished(): boolean {
    if (this.#finished.size === 0) return false;
    for (const choice of this.#seen) if (!this.#finished.has(choice)) return false;
    return true;
  }

  /**
   * Whether the reply is complete although the connection stayed open until this timeout, or
   * failed.
   */
  isWholeDespite(code: string | null): boolean {
    if (code === 'idle_timeout' || code === 'total_timeout') return this.isFinished;
    return code === 'upstream_unreachable' && this.isFinished && this.#finished.size >= this.choiceCount;
  }

  #readChunk(event: SseEvent): void {
    const chunk = parseJson(event.data);
    const error = eventError(event, chunk);
    if (error !== undefined) {
      if (this.error === undefined) {
        this.error = error;
        this.errorEvent = chunk;
      }
      this.isOddError ||= !isJsonObject(chunk) || !isUsual(chunk['error']);
    }
    if (!isJsonObject(chunk)) return;
    this.saidUsage = laterUsage(this.saidUsage, chunk['usage']);
    this.saidTier = chunk['service_tier'] ?? this.saidTier;
    if (!Array.isArray(chunk['choices'])) return;
    for (const choice of chunk['choices'] as readonly unknown[]) {
      if (!isJsonObject(choice)) continue;
      const { index = 0, finish_reason, usage } = choice;
      if (!isJsonObject(chunk['usage'])) this.saidUsage = laterUsage(this.saidUsage, usage);
      this.#seen.add(index);
      if (readFinishReason(finish_reason) !== undefined) this.#finished.add(index);
    }
  }
}

/** The form that SDKs recognise. */
function isUsual(error: unknown): boolean {
  return saysError(error) && (typeof error === 'string' || isJsonObject(error));
}

/**
 * Whether a line is neither an event with choices nor `[DONE]`. Uses only native searches, because
 * healthy streams pay for it, too.
 */
function holdsMore(text: string): boolean {
  const at = text.indexOf('\r');
  if (at >= 0 && text[at + 1] !== '\n') return true;
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    if (!isContentLine(text, start, end)) return true;
    start = end + 1;
  }
  return text.includes('"error') && NOT_NULL_ERROR.test(text);
}

function isContentLine(text: string, start: number, end: number): boolean {
  if (end - start < 2) return text[start] === '\n' || text[start] === '\r';
  if (!text.startsWith('data:', start)) return false;
  const choices = text.indexOf('"choices":', start);
  return (
    (choices >= 0 && choices < end) || text.startsWith('[DONE]', start + (text[start + 5] === ' ' ? 6 : 5))
  );
}
