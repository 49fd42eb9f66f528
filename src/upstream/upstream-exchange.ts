import { type IncomingHttpHeaders } from 'node:http';
import { type TextDecoder } from 'node:util';
import { type Dispatcher, errors as undiciErrors } from 'undici';
import { type TimeoutsConfig } from '../config/settings.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { ByteCollector } from '../protocol/byte-collector.js';
import { type AnswerSource, type AnswerSink, collect } from './response/answer-source.js';
import { CallClocks, type ClockName } from './call-clocks.js';
import { DecodingSink } from './response/decoding-sink.js';
import { asUtf8, charsetOf, plainHeaders } from './response/response-headers.js';
import { TextSink } from './response/text-sink.js';

const CLOCK_MESSAGES: Readonly<Record<ClockName, string>> = {
  connect_timeout: 'No connection to the upstream within timeouts.connect_seconds.',
  first_byte_timeout: 'The upstream sent nothing within timeouts.first_byte_seconds.',
  idle_timeout: 'The upstream sent nothing for longer than timeouts.idle_seconds.',
  total_timeout: 'The call took longer than timeouts.total_seconds.',
};

/** Maximum number of bytes held before there is a sink; beyond it, the upstream is paused. */
const MAX_EARLY_BYTES = 262_144;
/**
 * How long to wait for the end of a response that is no longer needed, so that its connection can
 * be reused.
 */
const LINGER_MS = 250;
/** Maximum number of bytes to discard meanwhile. */
const MAX_LINGERING_BYTES = 65_536;

/**
 * One request to an upstream and its response, in two phases: first, `accepted` settles with status
 * and headers; then a sink receives the body. Bytes go straight from undici's parser to the sink,
 * without a stream object between them. Every sink receives the body in the same form: one value
 * per header, content codings removed, text as UTF-8 without a byte order mark.
 */
export class UpstreamExchange implements AnswerSource, Dispatcher.DispatchHandler {
  status = 0;
  headers: IncomingHttpHeaders = {};
  /** Settles with status and headers; rejects if they will never come. */
  readonly accepted: Promise<void>;

  #accept!: () => void;
  #refuse!: (error: GatewayError) => void;
  readonly #clocks: CallClocks;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: AnswerSink | undefined;
  #decoding: DecodingSink | undefined;
  /** The charset that the header names, unless it is UTF-8. */
  #charset: TextDecoder | undefined;
  /** Bytes that arrived before a sink was attached, usually in the same read as the headers. */
  readonly #early = new ByteCollector();
  #linger: NodeJS.Timeout | undefined;
  #isEnded = false;
  /** Whether the whole body was already read and decoded. */
  #isPeeked = false;
  #failure: GatewayError | undefined;

  constructor(timeouts: TimeoutsConfig, isStream: boolean) {
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    this.#clocks = new CallClocks(timeouts, isStream, (clock) => this.abort(clockExpired(clock)));
  }

  /** Small bodies usually arrive in one read with their headers. */
  get arrived(): Buffer | undefined {
    const isPlain = this.#charset === undefined && this.headers['content-encoding'] === undefined;
    return this.#isEnded && isPlain ? this.#early.all() : undefined;
  }

  /** Attaches the sink of the body. Call it once, in the same turn in which `accepted` settled. */
  readTo(sink: AnswerSink, isText = true): void {
    this.#sink = this.#isPeeked ? sink : this.#decoded(isText ? new TextSink(sink, this.#charset) : sink);
    const wasHeld = this.#early.length > MAX_EARLY_BYTES;
    const hasRoom = this.#early.length === 0 || this.#deliver(this.#early.take());
    if (this.#failure !== undefined) this.#sink.onError(this.#failure);
    else if (this.#isEnded) this.#endSink();
    else if (wasHeld && hasRoom) this.#controller?.resume();
  }

  readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  /** Like `readAll`, but the body can be read once more afterwards. */
  async peekAll(limitBytes: number): Promise<Buffer> {
    const body = await this.readAll(limitBytes);
    this.#early.append(body);
    this.#isPeeked = true;
    return body;
  }

  /** Call this when the first real event has arrived; comments do not count. */
  firstByte(): void {
    this.#clocks.firstByte();
  }

  streams(): void {
    if (!this.#isEnded && this.#failure === undefined) this.#clocks.streams();
  }

  resume(): void {
    this.#decoding?.resume();
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#clocks.waiting();
    this.#controller?.resume();
  }

  done(): void {
    if (this.#isEnded || this.#failure !== undefined || this.#linger !== undefined) return;
    this.#clocks.stop();
    let left = MAX_LINGERING_BYTES;
    this.#sink = {
      onData: (chunk) => {
        left -= chunk.length;
        if (left < 0) this.#close();
        return true;
      },
      onEnd: () => undefined,
      onError: () => undefined,
    };
    this.#linger = setTimeout(() => this.#close(), LINGER_MS);
    this.#controller?.resume();
  }

  /** Ends the exchange at once, in any phase, and closes its connection. */
  abort(reason: GatewayError): void {
    if (this.#failure !== undefined || this.#linger !== undefined) return;
    if (!this.#isEnded) {
      this.#fail(reason);
      this.#controller?.abort(reason);
    } else if (this.#decoding?.isOver === false) this.#fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#clocks.connected();
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#failure !== undefined) return;
    this.status = status;
    this.headers = plainHeaders(headers);
    const type = this.headers['content-type'];
    this.#charset = charsetOf(type);
    if (this.#charset !== undefined) this.headers = { ...this.headers, 'content-type': asUtf8(type!) };
    this.#clocks.waiting();
    this.#accept();
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    if (this.#sink !== undefined) {
      this.#deliver(chunk);
      return;
    }
    this.#early.append(chunk);
    if (this.#early.length > MAX_EARLY_BYTES) this.#controller?.pause();
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) return;
    this.#isEnded = true;
    this.#clocks.stop();
    clearTimeout(this.#linger);
    if (this.#sink !== undefined) this.#endSink();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#failure !== undefined) return;
    // A GatewayError here means that the data from the client was at fault.
    this.#fail(error instanceof GatewayError ? error : toUpstreamError(error));
  }

  #deliver(chunk: Buffer): boolean {
    if (this.#failure !== undefined) return true;
    // A stopped timeout must not restart for held bytes, or for bytes that nobody waits for.
    if (!this.#isEnded && this.#linger === undefined) this.#clocks.waiting();
    if (this.#hand(chunk) || this.#isEnded) return true;
    this.#clocks.paused();
    this.#controller?.pause();
    return false;
  }

  /**
   * The gateway's own exceptions must not reach undici, which would treat them as connection
   * errors.
   */
  #hand(chunk: Buffer): boolean {
    try {
      return this.#sink!.onData(chunk);
    } catch (error) {
      this.broke(error);
      return true;
    }
  }

  #endSink(): void {
    try {
      this.#sink!.onEnd();
    } catch (error) {
      this.broke(error);
    }
  }

  /** Ends this one call with an internal error; the process and its other calls continue. */
  broke(error: unknown): void {
    // The upstream's bytes may have ended already.
    this.#isEnded = false;
    this.abort(error instanceof GatewayError ? error : new InternalError(error));
  }

  /** Closes the connection of a response that is complete and did not end by itself. */
  #close(): void {
    this.#isEnded = true;
    clearTimeout(this.#linger);
    this.#controller?.abort(new Error('The response is complete, but its connection stayed open.'));
  }

  #decoded(sink: AnswerSink): AnswerSink {
    try {
      const coding = this.headers['content-encoding'];
      const decoding = coding === undefined ? undefined : DecodingSink.for(coding, sink, this);
      this.#decoding = decoding?.innermost;
      return decoding?.outermost ?? sink;
    } catch (error) {
      this.broke(error);
      return sink;
    }
  }

  #fail(error: GatewayError): void {
    this.#failure = error;
    this.#clocks.stop();
    clearTimeout(this.#linger);
    this.#refuse(error);
    this.#sink?.onError(error);
  }
}

export function clockExpired(clock: ClockName): UpstreamError {
  return new UpstreamError(clock, CLOCK_MESSAGES[clock]);
}

/**
 * Recognises errors of undici and Node by their codes. Their messages may contain addresses and are
 * not shown.
 */
export function toUpstreamError(cause: Error): UpstreamError {
  if (cause instanceof undiciErrors.ConnectTimeoutError) {
    return new UpstreamError('connect_timeout', CLOCK_MESSAGES.connect_timeout, { cause });
  }
  // No byte was invalid: the connection ended in the middle of a response.
  const isCut = 'data' in cause && cause.data === '';
  if (
    (cause instanceof undiciErrors.HTTPParserError && !isCut) ||
    cause instanceof undiciErrors.HeadersOverflowError
  ) {
    return new UpstreamError('upstream_invalid_response', "The upstream's response is not valid HTTP.", {
      cause,
    });
  }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return new UpstreamError('upstream_unreachable', `The connection to the upstream failed (${code}).`, {
    cause,
  });
}
