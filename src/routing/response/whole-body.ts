import { type GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSink } from '../../upstream/response/answer-sink.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type BodyKind, bodyKind, fromFirstField, isSpace } from '../../upstream/response/body-kind.js';
import { answerTooLong } from '../../upstream/response/collect.js';
import { ChunkGathering } from '../../dialects/openai-chat/gathering/chunk-gathering.js';

/** A body that was read to its end. */
export interface WholeBody {
  /** Empty where the body was a stream. */
  readonly bytes: Buffer;
  /** Where it was one: all of it. */
  readonly gathering: ChunkGathering | undefined;
  /** What it is by its bytes; undefined for an empty one. */
  readonly kind: BodyKind | undefined;
}

/**
 * Reads a body up to its end, as the protocol says it: an event stream has ended with `[DONE]`, whatever becomes of its
 * connection, and one in which every choice has its finish reason also when nothing more comes in time, or at all.
 * @param limitBytes `limits.answer`
 * @throws GatewayError when it breaks off, or is longer
 */
export function readBody(answer: AnswerSource, choiceCount: number, limitBytes: number): Promise<WholeBody> {
  return new Promise((resolve, reject) =>
    answer.readTo(new BodyReader(answer, choiceCount, limitBytes, resolve, reject)),
  );
}

class BodyReader implements AnswerSink {
  readonly #bytes = new ByteCollector();
  #kind: BodyKind | undefined;
  #length = 0;
  #gathering: ChunkGathering | undefined;
  #isOver = false;

  constructor(
    private readonly answer: AnswerSource,
    private readonly choiceCount: number,
    private readonly limitBytes: number,
    private readonly resolve: (body: WholeBody) => void,
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
    this.#gathering = new ChunkGathering(this.choiceCount);
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
    this.resolve({ bytes: this.#bytes.take(), kind: this.#kind, gathering: this.#gathering });
  }
}
