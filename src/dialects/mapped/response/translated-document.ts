import { type IncomingHttpHeaders } from 'node:http';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { type AnswerSource, type AnswerSink } from '../../../upstream/response/answer-source.js';
import { Cancellation } from '../../../calls/cancellation.js';

/** An answer that is one JSON document, said in OpenAI's words once it is read. */
export class TranslatedDocument implements AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #cancellation = new Cancellation();

  constructor(
    private readonly answer: AnswerSource,
    private readonly translate: (body: Buffer) => Promise<Buffer>,
  ) {
    this.status = answer.status;
    this.headers = { ...answer.headers, 'content-type': 'application/json' };
  }

  readTo(sink: AnswerSink): void {
    this.readAll(Number.MAX_SAFE_INTEGER).then(
      (bytes) => {
        sink.onData(bytes);
        sink.onEnd();
      },
      (error: GatewayError) => sink.onError(error),
    );
  }

  readAll(limitBytes: number): Promise<Buffer> {
    return this.#cancellation.race(this.answer.readAll(limitBytes).then(this.translate));
  }

  firstByte(): void {
    this.answer.firstByte();
  }

  resume(): void {
    this.answer.resume();
  }

  done(): void {
    this.answer.done();
  }

  abort(reason: GatewayError): void {
    this.answer.abort(reason);
    this.#cancellation.cancel(reason);
  }
}
