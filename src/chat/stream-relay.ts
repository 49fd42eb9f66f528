import { CallerLeftError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { OPENAI_ERRORS } from '../protocol/error-format.js';
import { errorObject } from '../protocol/error-shape.js';
import { parseJson } from '../protocol/json.js';
import { SseBoundary } from '../dialects/framing/sse-boundary.js';
import { sseEvent, sseEvents } from '../dialects/framing/sse-events.js';
import { StreamProgress } from '../dialects/openai-chat/stream-progress.js';
import { readUsage } from '../dialects/openai-chat/usage.js';
import { type CallRecord } from '../calls/call-record.js';
import { type AnswerSink } from '../upstream/response/answer-sink.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { cleanEvents, inOwnWords } from '../dialects/openai-chat/in-band-errors.js';
import { type SecretRedactor } from '../upstream/secret-redactor.js';
import { reportedInStream } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { type AnswerTarget } from './answer-target.js';
import { StreamKeepAlive } from './stream-keep-alive.js';
import { eventError } from '../dialects/openai-chat/event-error.js';
import { DONE_LINE, SSE_DONE, holdsDone, isDone } from '../dialects/openai-chat/done.js';

/**
 * Hands a stream's bytes to the caller as they arrive, up to the last complete event, and ends it truthfully: a
 * stream that breaks off ends with an error the caller can read, never with silence. The caller's full socket holds
 * the upstream back; nothing is collected here but one unfinished event.
 */
export class StreamRelay implements AnswerSink {
  readonly #boundary = new SseBoundary();
  readonly #progress: StreamProgress;
  readonly #keepAlive: StreamKeepAlive;
  #isOver = false;
  #resolve!: () => void;

  private constructor(
    private readonly exchange: AnswerSource,
    private readonly target: AnswerTarget,
    private readonly record: CallRecord,
    private readonly options: StreamRelayOptions,
  ) {
    this.#progress = new StreamProgress(options.choiceCount);
    this.#keepAlive = new StreamKeepAlive(target, options.keepAliveSeconds);
  }

  /** Settles when the stream has ended, however it ended; the record says how. Never rejects. */
  static run(
    exchange: AnswerSource,
    target: AnswerTarget,
    record: CallRecord,
    options: StreamRelayOptions,
  ): Promise<void> {
    const relay = new StreamRelay(exchange, target, record, options);
    return new Promise((resolve) => {
      relay.#resolve = resolve;
      target.on('drain', () => {
        relay.#keepAlive.resume();
        exchange.resume();
      });
      exchange.readTo(relay);
      target.flushHeaders();
    });
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    const complete = this.#boundary.push(chunk);
    if (holdsDone(this.#boundary)) {
      if (complete !== undefined) this.#forward(complete);
      this.#endComplete(Buffer.concat([this.#boundary.rest(), Buffer.from('\n\n')]));
      return true;
    }
    if (complete === undefined) {
      const { maxEventBytes } = this.options;
      if (this.#boundary.heldLength > maxEventBytes) {
        this.exchange.abort(
          new UpstreamError('upstream_invalid_response', `An event is longer than ${maxEventBytes} bytes.`),
        );
      }
      return true;
    }
    const hasRoom = this.#forward(complete);
    // After an error nothing useful follows, and the connection may never end.
    if (this.#progress.isDone || this.#progress.hasError) this.#endComplete();
    return hasRoom;
  }

  /** `[DONE]` ends the stream, whatever the connection does. */
  #endComplete(last?: Buffer): void {
    if (this.#isOver) return;
    if (last !== undefined) this.#forward(last);
    this.#end();
    this.exchange.done();
  }

  onEnd(): void {
    if (this.#isOver) return;
    const rest = this.#boundary.rest();
    if (isWholeEvent(rest)) this.#forward(Buffer.concat([rest, Buffer.from('\n\n')]));
    const { isDone, hasError, isFinished } = this.#progress;
    if (isDone || hasError) this.#end();
    else if (isFinished) this.#end(SSE_DONE);
    else this.onError(interrupted());
  }

  onError(error: GatewayError): void {
    try {
      this.#fail(error);
    } catch (fault) {
      // Nothing may keep the call from ending.
      this.#isOver = true;
      this.record.error = new InternalError(fault);
      this.#keepAlive.stop();
      this.target.end();
      this.#resolve();
    }
  }

  #fail(error: GatewayError): void {
    if (this.#isOver) return;
    // After [DONE] the caller has all it wanted, whatever becomes of the connection.
    if (this.#progress.isDone) return this.#end();
    if (this.#progress.isWholeDespite(error.code)) return this.#end(SSE_DONE);
    this.record.error = error.code === 'upstream_unreachable' ? interrupted(error) : error;
    if (error instanceof CallerLeftError || this.#progress.hasError) this.#end();
    else this.#end(sseEvent(OPENAI_ERRORS.body(this.record.error)));
  }

  #forward(events: Buffer): boolean {
    const progress = this.#progress;
    const hadData = progress.hasData;
    progress.read(events);
    if (!hadData && progress.hasData) {
      this.exchange.firstByte();
      this.record.firstToken();
    }
    let news = progress.isDone ? upToDone(events) : events;
    if (progress.isOddError) news = upToError(news, this.options.request);
    if (progress.hasMore || progress.isOddError)
      news = cleanEvents(news, this.options.redactor, this.options.request);
    const hasRoom = this.target.write(news);
    if (hasRoom) this.#keepAlive.resume();
    else this.#keepAlive.pause();
    return hasRoom;
  }

  #end(lastEvent?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keepAlive.stop();
    this.record.usage = readUsage(this.#progress.usage ?? this.exchange.usage);
    if (this.#progress.hasError)
      this.record.error ??= reportedInStream(this.#progress.error, this.#progress.errorEvent);
    this.target.end(lastEvent);
    this.#resolve();
  }
}

export interface StreamRelayOptions {
  readonly choiceCount: number;
  /** 0 = none. */
  readonly keepAliveSeconds: number;
  /** `limits.event`: an unfinished event may wait up to this size. */
  readonly maxEventBytes: number;
  readonly redactor: SecretRedactor;
  /** Its secrets must not come back in an error. */
  readonly request: UpstreamRequest;
}

function interrupted(cause?: unknown): UpstreamError {
  return new UpstreamError(
    'upstream_stream_interrupted',
    'The upstream broke the stream off before it was complete.',
    { cause },
  );
}

/** Writes an error in the form that SDKs look for. What follows it is not part of the answer. */
function upToError(events: Buffer, request: UpstreamRequest): Buffer {
  let text = '';
  for (const each of sseEvents(events.toString())) {
    const { data, event, id } = each;
    const error = eventError(each);
    if (error !== undefined) {
      const said = inOwnWords(errorObject(error), request, [{ error }, parseJson(data)]);
      return Buffer.from(text + sseEvent({ error: said }));
    }
    text += `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}`;
    text += `data: ${data.replaceAll('\n', '\ndata: ')}\n\n`;
  }
  return Buffer.from(text);
}

/** What follows `[DONE]` is not part of the answer. SDKs know one spelling of it. */
function upToDone(events: Buffer): Buffer {
  const text = events.toString('latin1');
  const { 0: line, index } = DONE_LINE.exec(text)!;
  if (!/^data: ?\[DONE\]/.test(line))
    return Buffer.concat([events.subarray(0, index), Buffer.from(SSE_DONE)]);
  const end = index + line.length;
  return events.subarray(0, end + /^(?:\r\n|\n|\r){0,2}/.exec(text.slice(end))![0].length);
}

/** A last event without its empty line, as some services send it: whole if it is `[DONE]` or its JSON is. */
function isWholeEvent(rest: Buffer): boolean {
  const data = /^data: ?(.+?)[\r\n]*$/s.exec(rest.toString())?.[1];
  if (data === undefined) return false;
  return isDone(data) || parseJson(data) !== undefined;
}
