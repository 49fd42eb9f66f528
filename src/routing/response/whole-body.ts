import { LARGE_BODY_BYTES, LONGEST_TURN_MS, nextTurn } from '../../protocol/turns.js';
import { type ClientRequest } from '../../dialects/ports/dialect.js';
import { type ReceivedBody, type ReplyGathering } from '../../dialects/ports/received-reply.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSource, type AnswerSink, answerTooLong } from '../../upstream/response/answer-source.js';
import { type BodyKind, bodyKind, fromFirstField, isSpace } from '../../upstream/response/body-kind.js';

/**
 * Reads a body to the end that its dialect recognises. A stream that marks its end has ended,
 * whatever happens to its connection. A stream that is complete without such a mark has also ended
 * if nothing more arrives in time, or if the connection fails.
 * @param limitBytes `limits.answer`
 * @returns undefined for an empty body
 * @throws GatewayError if it is cut off or too long
 */
export function readBody(
  answer: AnswerSource,
  request: ClientRequest,
  limitBytes: number,
): ReceivedBody | Promise<ReceivedBody | undefined> {
  const { arrived } = answer;
  if (arrived !== undefined && arrived.length <= Math.min(limitBytes, LARGE_BODY_BYTES)) {
    const kind = bodyKind(arrived);
    if (kind === 'json') return { bytes: arrived, kind };
  }
  return new Promise((resolve, reject) =>
    answer.readTo(new BodyReader(answer, request, limitBytes, resolve, reject)),
  );
}

/**
 * Bytes gathered between two looks at the clock: about one event of the usual size, or a few, so that
 * a turn is hardly exceeded.
 */
const PIECE_BYTES = 1024;

class BodyReader implements AnswerSink {
  readonly #bytes = new ByteCollector();
  #kind: BodyKind | undefined;
  #length = 0;
  #gathering: ReplyGathering | undefined;
  /** For a stream: chunks that arrived while other work had its turn. */
  #waiting: Buffer[] = [];
  #isPaused = false;
  /** The end or failure that arrived meanwhile, to be handled after the waiting chunks. */
  #ending: (() => void) | undefined;
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
      this.#bytes.clear();
      this.#waiting = [];
      this.answer.abort(answerTooLong(this.limitBytes));
    } else if (this.#gathering !== undefined) return this.#gather(chunk);
    // Some services send white space while they work.
    else if (this.#bytes.length > 0 || !isSpace(chunk)) return this.#collect(chunk);
    return true;
  }

  onEnd(): void {
    if (this.#isPaused) this.#ending ??= () => this.#finish();
    else this.#finish();
  }

  onError(error: GatewayError): void {
    if (this.#isPaused) this.#ending ??= () => this.#fail(error);
    else this.#fail(error);
  }

  #fail(error: GatewayError): void {
    if (this.#isOver) return;
    if (this.#gathering?.isWholeDespite(error.code) === true) {
      this.#finish();
      return;
    }
    this.#isOver = true;
    this.reject(error);
  }

  #collect(chunk: Buffer): boolean {
    this.#bytes.append(chunk);
    if (this.#kind !== undefined) return true;
    this.#kind = bodyKind(this.#bytes.all());
    if (this.#kind !== 'events') return true;
    this.answer.streams?.();
    this.#gathering = this.request.dialect.gather(this.request);
    return this.#gather(fromFirstField(this.#bytes.take()));
  }

  /** @returns false if the upstream must wait until other work has had its turn */
  #gather(chunk: Buffer): boolean {
    if (chunk.length > 0) this.#waiting.push(chunk);
    return this.#isPaused ? chunk.length === 0 : this.#readOn();
  }

  #readOn(): boolean {
    const gathering = this.#gathering!;
    const turnEndsAt = performance.now() + LONGEST_TURN_MS;
    for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
      gathering.read(chunk.subarray(0, PIECE_BYTES));
      if (gathering.isDone) {
        this.#finish();
        this.answer.done();
        return true;
      }
      if (chunk.length > PIECE_BYTES) this.#waiting.unshift(chunk.subarray(PIECE_BYTES));
      if (performance.now() > turnEndsAt) {
        this.#rest();
        return false;
      }
    }
    return true;
  }

  #rest(): void {
    this.#isPaused = true;
    void nextTurn().then(() => {
      this.#isPaused = false;
      if (this.#isOver) return;
      try {
        if (!this.#readOn()) return;
      } catch (error) {
        this.#isOver = true;
        this.#waiting = [];
        const failure = error instanceof GatewayError ? error : new InternalError(error);
        this.answer.abort(failure);
        this.reject(failure);
        return;
      }
      if (this.#ending === undefined) this.answer.resume();
      else this.#ending();
    });
  }

  /** A large body takes long to parse or serialise, and several bodies may end in the same turn. */
  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    if (this.#length <= LARGE_BODY_BYTES) this.#settle();
    else void nextTurn().then(() => this.#settle());
  }

  #settle(): void {
    const bytes = this.#bytes.take();
    const kind = this.#kind;
    this.resolve(kind === undefined ? undefined : { bytes, kind, gathering: this.#gathering });
  }
}
