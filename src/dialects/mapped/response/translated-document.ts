import { type GatewayError } from '../../../errors/gateway-error.js';
import { type AnswerSource, type AnswerSink, passWhole } from '../../../upstream/response/answer-source.js';
import { DerivedAnswer } from '../../../upstream/response/derived-answer.js';
import { Cancellation } from '../../../calls/cancellation.js';

/** A response of one JSON document, translated to OpenAI's format once it has been read. */
export class TranslatedDocument extends DerivedAnswer {
  readonly #cancellation = new Cancellation();

  constructor(
    answer: AnswerSource,
    private readonly translate: (body: Buffer) => Promise<Buffer>,
  ) {
    super(answer, 'application/json');
  }

  readTo(sink: AnswerSink): void {
    passWhole(this.readAll(Number.MAX_SAFE_INTEGER), sink);
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return this.#cancellation.race(this.answer.readAll(limitBytes).then(this.translate));
  }

  override abort(reason: GatewayError): void {
    super.abort(reason);
    this.#cancellation.cancel(reason);
  }
}
