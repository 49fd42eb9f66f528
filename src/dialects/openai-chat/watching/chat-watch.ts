import { withTier } from '../../../conversation/usage-classes.js';
import { type Usage } from '../../../conversation/usage.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { openAiStreamError } from '../../../protocol/errors/error-format.js';
import { errorObject } from '../../../protocol/errors/error-shape.js';
import { parseJson } from '../../../protocol/json.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { type ReplyWatch, type WatchOptions } from '../../ports/reply-watch.js';
import { type SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvent, sseEvents } from '../../framing/sse-events.js';
import { type SpokenEvents, SpokenText } from '../../counting/spoken-text.js';
import { DONE_LINE, SSE_DONE, holdsDone, isDone } from '../done.js';
import { eventError } from './event-error.js';
import { cleanEvents, inOwnWords } from './in-band-errors.js';
import { StreamProgress } from './stream-progress.js';
import { readUsage } from '../usage.js';
import { withoutUsage } from './usage-chunk.js';

const SPOKEN: SpokenEvents = {
  fields: ['content', 'text', 'reasoning_content', 'reasoning', 'arguments'],
  newsOf: ({ choices }) => ({ choices }),
};

/**
 * Observes a stream on its way to the client. Events other than plain content are rewritten as SDKs
 * expect them, without secrets.
 */
export class ChatWatch extends StreamProgress implements ReplyWatch {
  readonly said: SpokenText | undefined;
  readonly #hidesUsage: boolean;

  constructor(choiceCount: number, { hidesUsage = false, countsWords = false }: WatchOptions = {}) {
    super(choiceCount);
    this.#hidesUsage = hidesUsage;
    this.said = countsWords ? new SpokenText(SPOKEN) : undefined;
  }

  get isOver(): boolean {
    return this.isDone || this.hasError;
  }

  get usage(): Usage | undefined {
    return withTier(readUsage(this.saidUsage), this.saidTier);
  }

  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer {
    this.read(events);
    this.said?.pass(events);
    let news = this.isDone ? upToDone(events) : events;
    if (this.isOddError) news = upToError(news, sent);
    if (this.#hidesUsage) news = withoutUsage(news);
    return this.hasMore || this.isOddError ? cleanEvents(news, redactor, sent) : news;
  }

  holdsEnd(boundary: SseBoundary): boolean {
    return holdsDone(boundary);
  }

  /** The rest is complete if it is `[DONE]` or its JSON is complete. */
  isWhole(rest: Buffer): boolean {
    const data = /^data: ?(.+?)[\r\n]*$/s.exec(rest.toString())?.[1];
    if (data === undefined) return false;
    return isDone(data) || parseJson(data) !== undefined;
  }

  ending(code?: string | null): string | undefined {
    // After `[DONE]` the client has the whole reply, whatever happens to the connection.
    if (this.isDone) return '';
    if (code !== undefined) return this.isWholeDespite(code) ? SSE_DONE : undefined;
    if (this.hasError) return '';
    return this.isFinished ? SSE_DONE : undefined;
  }

  failure(error: GatewayError): string {
    return sseEvent({ error: openAiStreamError(error) });
  }
}

/**
 * Rewrites an error in the form that SDKs recognise. Anything after it does not belong to the
 * reply.
 */
function upToError(events: Buffer, sent: UpstreamRequest): Buffer {
  let text = '';
  for (const each of sseEvents(events.toString())) {
    const { data, event, id } = each;
    const error = eventError(each, parseJson(each.data));
    if (error !== undefined) {
      const said = inOwnWords(errorObject(error), sent, [{ error }, parseJson(data)]);
      return Buffer.from(text + sseEvent({ error: said }));
    }
    text += `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}`;
    text += `data: ${data.replaceAll('\n', '\ndata: ')}\n\n`;
  }
  return Buffer.from(text);
}

/** Anything after `[DONE]` does not belong to the reply. SDKs recognise only one spelling of it. */
function upToDone(events: Buffer): Buffer {
  const text = events.toString('latin1');
  const { 0: line, index } = DONE_LINE.exec(text)!;
  if (!/^data: ?\[DONE\]/.test(line))
    return Buffer.concat([events.subarray(0, index), Buffer.from(SSE_DONE)]);
  const end = index + line.length;
  return events.subarray(0, end + /^(?:\r\n|\n|\r){0,2}/.exec(text.slice(end))![0].length);
}
