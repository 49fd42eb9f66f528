import { type ClientRequest, type ReceivedBody, type ReplyGathering } from '../../dialects/dialect.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSource, type AnswerSink, answerTooLong } from '../../upstream/response/answer-source.js';
import { type BodyKind, bodyKind, fromFirstField, isSpace } from '../../upstream/response/body-kind.js';

/**
 * Reads a body to the end that its dialect recognises. A stream that says that it is over has ended, whatever
 * happens to its connection; a stream that is complete otherwise has also ended if nothing more comes in
 * time, or the connection fails.
 * @param limitBytes `limits.answer`
 * @returns undefined for an empty body
 * @throws GatewayError when it is cut off, or is too long
 */
export function readBody(
  answer: AnswerSource,
  request: ClientRequest,
  limitBytes: number,
): Promise<ReceivedBody | undefined> {
  return new Promise((resolve, reject) =>
    answer.readTo(new BodyReader(answer, request, limitBytes, resolve, reject)),
  );
}

class BodyReader implements AnswerSink {
  readonly #bytes = new ByteCollector();
  #kind: BodyKind | undefined;
  #length = 0;
  #gathering: ReplyGathering | undefined;
  #isOver = false;

  constructor(
    private readonly answer: AnswerSource,
    private readonly request: ClientRequest,
    private readonly limitBytes: number,
    private readonly resolve: (body: ReceivedBody | undefined) => void,
    private readonly reject: (error: GatewayError) => void,
  ) {}

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.answer.firstByte();
    this.#length += chunk.length;
    if (this.#length > this.limitBytes) {
      this.#bytes.take();
      this.answer.abort(answerTooLong(this.limitBytes));
    } else if (this.#gathering !== undefined) this.#gather(chunk);
    // Some services send white space while they work.
    else if (this.#bytes.length > 0 || !isSpace(chunk)) this.#collect(chunk);
    return true;
  }

  onEnd(): void {
    this.#finish();
  }

  onError(error: GatewayError): void {
    if (this.#isOver) return;
    if (this.#gathering?.isWholeDespite(error.code) === true) {
      this.#finish();
      return;
    }
    this.#isOver = true;
    this.reject(error);
  }

  #collect(chunk: Buffer): void {
    this.#bytes.append(chunk);
    if (this.#kind !== undefined) return;
    this.#kind = bodyKind(this.#bytes.all());
    if (this.#kind !== 'events') return;
    this.#gathering = this.request.dialect.gather(this.request);
    this.#gather(fromFirstField(this.#bytes.take()));
  }

  #gather(chunk: Buffer): void {
    this.#gathering!.read(chunk);
    if (!this.#gathering!.isDone) return;
    this.#finish();
    this.answer.done();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const bytes = this.#bytes.take();
    const kind = this.#kind;
    this.resolve(kind === undefined ? undefined : { bytes, kind, gathering: this.#gathering });
  }
}
