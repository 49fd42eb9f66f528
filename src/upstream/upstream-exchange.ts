import { type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, errors as undiciErrors } from 'undici';
import { type TimeoutsConfig } from '../config/timeouts.config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { type AnswerSink } from './answer-sink.js';
import { type AnswerSource } from './answer-source.js';
import { CallClocks, type ClockName } from './call-clocks.js';
import { DecodingSink, isUnreadable } from './decoding-sink.js';

const CLOCK_MESSAGES: Readonly<Record<ClockName, string>> = {
  connect_timeout: 'No connection to the upstream within timeouts.connect_seconds.',
  first_byte_timeout: 'The upstream sent nothing within timeouts.first_byte_seconds.',
  idle_timeout: 'The upstream fell silent for longer than timeouts.idle_seconds.',
  total_timeout: 'The call took longer than timeouts.total_seconds.',
};

/**
 * One request to an upstream and its answer, in two phases: first `accepted` settles with status and headers, then
 * a sink takes the body. Bytes go straight from undici's parser to the sink: no stream object stands between.
 */
export class UpstreamExchange implements AnswerSource, Dispatcher.DispatchHandler {
  status = 0;
  headers: IncomingHttpHeaders = {};
  /** Settles when status and headers are here; rejects with the reason why they never will be. */
  readonly accepted: Promise<UpstreamExchange>;

  #accept!: (exchange: UpstreamExchange) => void;
  #refuse!: (error: GatewayError) => void;
  readonly #clocks: CallClocks;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: AnswerSink | undefined;
  #decoding: DecodingSink | undefined;
  /** What came in the same read as the headers, before a sink could be attached. */
  #early: Buffer[] = [];
  #isEnded = false;
  /** The whole body was read already, and unpacked. */
  #isPeeked = false;
  #failure: GatewayError | undefined;

  constructor(timeouts: TimeoutsConfig, isStream: boolean) {
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    this.#clocks = new CallClocks(timeouts, isStream, (clock) => this.abort(clockExpired(clock)));
  }

  /** Attaches the taker of the body. Call it once, in the same turn in which `accepted` settled. */
  readTo(sink: AnswerSink): void {
    const encoding = this.#isPeeked ? undefined : this.headers['content-encoding'];
    if (isUnreadable(encoding)) this.broke(unreadable());
    this.#decoding = DecodingSink.for(encoding, sink, this);
    this.#sink = this.#decoding ?? sink;
    for (const chunk of this.#early) this.#deliver(chunk);
    this.#early = [];
    if (this.#failure !== undefined) this.#sink.onError(this.#failure);
    else if (this.#isEnded) this.#endSink();
  }

  /** The whole body. @throws GatewayError when it breaks off, or is longer than `limitBytes` */
  readAll(limitBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      this.readTo({
        onData: (chunk) => {
          this.#clocks.firstByte();
          length += chunk.length;
          if (length > limitBytes) {
            this.abort(
              new UpstreamError(
                'upstream_invalid_response',
                `The answer is longer than ${limitBytes} bytes.`,
              ),
            );
          } else chunks.push(chunk);
          return true;
        },
        onEnd: () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)),
        onError: reject,
      });
    });
  }

  /** Like `readAll`, but whoever reads next gets the body once more. */
  async peekAll(limitBytes: number): Promise<Buffer> {
    const body = await this.readAll(limitBytes);
    this.#early = [body];
    this.#isPeeked = true;
    return body;
  }

  /** The first real event has come; comments do not count. */
  firstByte(): void {
    this.#clocks.firstByte();
  }

  resume(): void {
    this.#decoding?.resume();
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#clocks.waiting();
    this.#controller?.resume();
  }

  /** Ends the exchange at once, whatever phase it is in, and closes the connection under it. */
  abort(reason: GatewayError): void {
    if (this.#failure !== undefined) return;
    if (!this.#isEnded) {
      this.#fail(reason);
      this.#controller?.abort(reason);
    } else if (this.#decoding?.isOver === false) this.#fail(reason);
  }

  /** It was handed to its connection pool, which may have begun it at once; mostly it begins a little later. */
  dispatched(): void {
    if (this.#controller === undefined && this.#failure === undefined) this.#clocks.connecting();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#clocks.connected();
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#failure !== undefined) return;
    this.status = status;
    this.headers = headers;
    this.#clocks.waiting();
    this.#accept(this);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    if (this.#sink === undefined) this.#early.push(chunk);
    else this.#deliver(chunk);
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) return;
    this.#isEnded = true;
    this.#clocks.stop();
    if (this.#sink !== undefined) this.#endSink();
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#failure === undefined) this.#fail(toUpstreamError(error));
  }

  #deliver(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    // A stopped clock must not start anew for bytes that were kept until now.
    if (!this.#isEnded) this.#clocks.waiting();
    if (this.#hand(chunk) || this.#isEnded) return;
    this.#clocks.paused();
    this.#controller?.pause();
  }

  /** An exception of ours must not reach undici, which would take it for one of the connection's. */
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

  /** This one call ends, with a fault of ours; the process and its other calls go on. */
  broke(error: unknown): void {
    // What came over the wire may be whole; what we make of it is not.
    this.#isEnded = false;
    this.abort(error instanceof GatewayError ? error : new InternalError(error));
  }

  #fail(error: GatewayError): void {
    this.#failure = error;
    this.#clocks.stop();
    this.#refuse(error);
    this.#sink?.onError(error);
  }
}

function unreadable(): UpstreamError {
  return new UpstreamError(
    'upstream_invalid_response',
    "The upstream's answer is compressed in a way that the gateway neither asked for nor can read.",
  );
}

export function clockExpired(clock: ClockName): UpstreamError {
  return new UpstreamError(clock, CLOCK_MESSAGES[clock]);
}

/** undici's and Node's errors, told apart by code only; messages of theirs may hold addresses and are not shown. */
export function toUpstreamError(cause: Error): UpstreamError {
  if (cause instanceof undiciErrors.ConnectTimeoutError) {
    return new UpstreamError('connect_timeout', CLOCK_MESSAGES.connect_timeout, { cause });
  }
  if (cause instanceof undiciErrors.HTTPParserError || cause instanceof undiciErrors.HeadersOverflowError) {
    return new UpstreamError('upstream_invalid_response', "The upstream's answer is not valid HTTP.", {
      cause,
    });
  }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return new UpstreamError('upstream_unreachable', `The connection to the upstream failed (${code}).`, {
    cause,
  });
}
