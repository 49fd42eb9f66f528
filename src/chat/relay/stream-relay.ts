import { type ClientRequest } from '../../dialects/ports/dialect.js';
import { type ReplyWatch, type WatchOptions } from '../../dialects/ports/reply-watch.js';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { SseBoundary } from '../../dialects/framing/sse-boundary.js';
import { type CallRecord } from '../../calls/call-record.js';
import {
  type AnswerSource,
  type AnswerSink,
  eventTooLong,
  streamInterrupted,
} from '../../upstream/response/answer-source.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';
import { reportedInStream } from '../../upstream/failure/failure-meaning.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type AnswerTarget } from './answer-target.js';
import { StreamKeepAlive } from './stream-keep-alive.js';

/**
 * Passes a stream's bytes to the client as they arrive, up to the last complete event. A stream
 * that breaks off ends with an error that the client can read, never silently. If the client's socket
 * is full, the upstream is paused; no more than one unfinished event is held.
 */
export class StreamRelay implements AnswerSink {
  readonly #boundary = new SseBoundary();
  readonly #watch: ReplyWatch;
  readonly #keepAlive: StreamKeepAlive;
  #isOver = false;
  #resolve!: (passed: PassedWords) => void;

  private constructor(
    private readonly exchange: AnswerSource,
    private readonly target: AnswerTarget,
    private readonly record: CallRecord,
    private readonly options: StreamRelayOptions,
  ) {
    const { request } = options;
    this.#watch = request.dialect.watch(request, options);
    this.#keepAlive = new StreamKeepAlive(target, options.keepAliveSeconds);
  }

  /**
   * Settles when the stream has ended, successfully or not, as the record shows. Never rejects.
   * @returns the words that have passed
   */
  static run(
    exchange: AnswerSource,
    target: AnswerTarget,
    record: CallRecord,
    options: StreamRelayOptions,
  ): Promise<PassedWords> {
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
    if (this.#watch.holdsEnd(this.#boundary)) {
      if (complete !== undefined) this.#forward(complete);
      this.#endComplete(Buffer.concat([this.#boundary.rest(), Buffer.from('\n\n')]));
      return true;
    }
    if (complete === undefined) {
      const { maxEventBytes } = this.options;
      if (this.#boundary.heldLength > maxEventBytes) {
        this.exchange.abort(eventTooLong(maxEventBytes));
      }
      return true;
    }
    const hasRoom = this.#forward(complete);
    // Nothing useful follows an error, and the connection may never end.
    if (this.#watch.isOver) this.#endComplete();
    return hasRoom;
  }

  /** The reply is complete, whatever happens to the connection. */
  #endComplete(last?: Buffer): void {
    if (this.#isOver) return;
    if (last !== undefined) this.#forward(last);
    this.#end();
    this.exchange.done();
  }

  onEnd(): void {
    if (this.#isOver) return;
    const rest = this.#boundary.rest();
    if (this.#watch.isWhole(rest)) this.#forward(Buffer.concat([rest, Buffer.from('\n\n')]));
    const ending = this.#watch.ending();
    if (ending === undefined) this.onError(streamInterrupted());
    else this.#end(ending);
  }

  onError(error: GatewayError): void {
    try {
      this.#fail(error);
    } catch (fault) {
      // Nothing may prevent the call from ending.
      this.#isOver = true;
      this.record.error = new InternalError(fault);
      this.#keepAlive.stop();
      this.target.end();
      this.#resolve(this.#passed());
    }
  }

  #fail(error: GatewayError): void {
    if (this.#isOver) return;
    const ending = this.#watch.ending(error.code);
    if (ending !== undefined) return this.#end(ending);
    this.record.error = error.code === 'upstream_unreachable' ? streamInterrupted(error) : error;
    if (error instanceof CallerLeftError || this.#watch.error !== undefined) this.#end();
    else this.#end(this.#watch.failure(this.record.error));
  }

  #forward(events: Buffer): boolean {
    const watch = this.#watch;
    const hadData = watch.hasData;
    const news = watch.pass(events, this.options.redactor, this.options.sent);
    if (!hadData && watch.hasData) {
      this.exchange.firstByte();
      this.record.firstToken();
    }
    // An empty write could end the body.
    const hasRoom = news.length === 0 || this.target.write(news);
    if (hasRoom) this.#keepAlive.resume();
    else this.#keepAlive.pause();
    return hasRoom;
  }

  #passed(): PassedWords {
    const { said, begunUsage, error } = this.#watch;
    if (said === undefined) return NOT_COUNTED;
    return { said, begunUsage, isComplete: error === undefined && this.#watch.ending() !== undefined };
  }

  #end(lastEvents = ''): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keepAlive.stop();
    const { usage, error, errorEvent } = this.#watch;
    // A translated response knows more of its usage than the client's format can express.
    this.record.usage = this.exchange.usage ?? usage;
    if (error !== undefined) this.record.error ??= reportedInStream(error, errorEvent);
    this.target.end(lastEvents === '' ? undefined : lastEvents);
    this.#resolve(this.#passed());
  }
}

/** The part of a reply that has passed, for counting. */
export interface PassedWords extends Pick<ReplyWatch, 'begunUsage' | 'said'> {
  /** Whether nothing of the reply is missing, whatever happened to its connections. */
  readonly isComplete: boolean;
}

const NOT_COUNTED: PassedWords = { isComplete: false };

export interface StreamRelayOptions extends WatchOptions {
  readonly request: ClientRequest;
  /** 0 = none. */
  readonly keepAliveSeconds: number;
  /** `limits.event`: maximum size of an unfinished event. */
  readonly maxEventBytes: number;
  readonly redactor: SecretRedactor;
  /** The request to the upstream, whose secrets must not appear in an error. */
  readonly sent: UpstreamRequest;
}
