import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type AnswerSink } from './answer-sink.js';

/** An answer whose status and headers are here, body still to come: from the wire, translated, or recorded. */
export interface AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Token counts that a stream's bytes keep to themselves, since the caller did not ask; known at its end. */
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
