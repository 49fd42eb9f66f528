import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';

/** Receives the body of a response, once the upstream has begun to send it. */
export interface AnswerSink {
  /** @returns false to pause the upstream until `resume()` */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: GatewayError): void;
}

/**
 * A response whose status and headers have arrived, with the body still to come: from the upstream,
 * translated, or recorded.
 */
export interface AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /**
   * Token counts that the gateway removed from the stream because the client did not ask for them;
   * known at its end.
   */
  readonly usage?: Usage;
  /**
   * The whole body, byte order mark included, if it has already arrived and needs no decoding.
   * `readTo` can follow.
   */
  readonly arrived?: Buffer | undefined;
  /**
   * Attaches the sink of the body; once.
   * @param isText whether to convert the body to UTF-8; default true
   */
  readTo(sink: AnswerSink, isText?: boolean): void;
  /**
   * The whole body.
   * @throws GatewayError when it is cut off, or is longer than `limitBytes`
   */
  readAll(limitBytes: number): Promise<Buffer>;
  /** Call this when the first real event has arrived; comments do not count. */
  firstByte(): void;
  /**
   * Call this when the body is a stream of events although none was requested: the timeouts of a
   * stream apply from now on.
   */
  streams?(): void;
  /** Call this when the sink has room again. */
  resume(): void;
  /**
   * Call this when nothing more of the response is needed; the sink takes no more. The connection
   * is reused if the response ends by itself within a moment, and closed otherwise.
   */
  done(): void;
  /** Ends the response at once, in whatever phase it is. */
  abort(reason: GatewayError): void;
}

/** A response whose body is complete: read before, or recorded. */
export class BufferedAnswer implements AnswerSource {
  constructor(
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    private readonly body: Buffer,
  ) {}

  readTo(sink: AnswerSink): void {
    sink.onData(this.body);
    sink.onEnd();
  }

  readAll(): Promise<Buffer> {
    return Promise.resolve(this.body);
  }

  firstByte(): void {}
  resume(): void {}
  done(): void {}
  abort(): void {}
}

/** Passes a complete body, or its failure, on as soon as it has arrived. */
export function passWhole(body: Promise<Buffer>, sink: AnswerSink): void {
  body.then(
    (bytes) => {
      sink.onData(bytes);
      sink.onEnd();
    },
    (error: GatewayError) => sink.onError(error),
  );
}

/**
 * The complete body of a response.
 * @throws GatewayError if it is cut off, or longer than `limitBytes`
 */
export function collect(answer: AnswerSource, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes = new ByteCollector();
    answer.readTo({
      onData: (chunk) => {
        answer.firstByte();
        bytes.append(chunk);
        if (bytes.length > limitBytes) {
          bytes.clear();
          answer.abort(answerTooLong(limitBytes));
        }
        return true;
      },
      onEnd: () => resolve(bytes.take()),
      onError: reject,
    });
  });
}

/**
 * As much of a body as arrives within limits: for error messages, which even half of a body may
 * contain. Never rejects.
 * @param withinMs how long to wait for the body
 */
export function collectBeginning(
  answer: AnswerSource,
  limitBytes: number,
  withinMs: number,
): Promise<Buffer> {
  return new Promise((resolve) => {
    const bytes = new ByteCollector();
    const finish = (): void => {
      clearTimeout(timer);
      resolve(bytes.take().subarray(0, limitBytes));
    };
    const cutOff = (): void => answer.abort(answerTooLong(limitBytes));
    const timer = setTimeout(cutOff, withinMs);
    answer.readTo({
      onData: (chunk) => {
        if (bytes.length < limitBytes) bytes.append(chunk);
        if (bytes.length >= limitBytes) cutOff();
        return true;
      },
      onEnd: finish,
      onError: finish,
    });
  });
}

/** @param limitBytes maximum number of bytes of a response */
export function answerTooLong(limitBytes: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `The response is longer than ${limitBytes} bytes.`);
}

/** @param limitBytes maximum number of bytes of an incomplete event */
export function eventTooLong(limitBytes: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `An event is longer than ${limitBytes} bytes.`);
}

/** A stream ended before its content was complete. */
export function streamInterrupted(cause?: unknown): UpstreamError {
  const message = 'The upstream cut the stream off before it was complete.';
  return new UpstreamError('upstream_stream_interrupted', message, { cause });
}
