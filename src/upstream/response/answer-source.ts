import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';

/** Who takes the bytes of an answer, once it is known that there will be some. */
export interface AnswerSink {
  /** @returns false to hold the upstream back until `resume()` */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: GatewayError): void;
}

/** An answer whose status and headers are here, body still to come: from the wire, translated, or recorded. */
export interface AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Token counts that the stream's bytes leave out because the client did not ask for them; known at its end. */
  readonly usage?: Usage;
  /** Attaches the taker of the body; once. */
  readTo(sink: AnswerSink): void;
  /** The whole body. @throws GatewayError when it breaks off, or is longer than `limitBytes` */
  readAll(limitBytes: number): Promise<Buffer>;
  /** The first real event has come; comments do not count. */
  firstByte(): void;
  /** The sink has room again. */
  resume(): void;
  /**
   * All that is wanted of the answer has come, and the sink takes no more: the connection is used again where the
   * answer ends by itself within a moment, and closed where it does not.
   */
  done(): void;
  /** Ends the answer at once, whatever phase it is in. */
  abort(reason: GatewayError): void;
}

/** An answer whose body is here already: read before, or recorded. */
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

/** The whole body of a response. @throws GatewayError when it breaks off, or is longer than `limitBytes` */
export function collect(answer: AnswerSource, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes = new ByteCollector();
    answer.readTo({
      onData: (chunk) => {
        answer.firstByte();
        bytes.append(chunk);
        if (bytes.length > limitBytes) {
          bytes.take();
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
 * What can be had of a body within limits: for the words of an error, which half a body may hold as well. Never
 * rejects.
 * @param withinMs the rest is not waited for
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

/** @param limitBytes most bytes that are read of the response */
export function answerTooLong(limitBytes: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `The answer is longer than ${limitBytes} bytes.`);
}

/** @param limitBytes most bytes that are held of an event that is not complete */
export function eventTooLong(limitBytes: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `An event is longer than ${limitBytes} bytes.`);
}

/** A stream ended before what it carries was complete. */
export function streamInterrupted(cause?: unknown): UpstreamError {
  const message = 'The upstream broke the stream off before it was complete.';
  return new UpstreamError('upstream_stream_interrupted', message, { cause });
}
