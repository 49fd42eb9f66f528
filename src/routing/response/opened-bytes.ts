import { type IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSink, type AnswerSource, collect } from '../../upstream/response/answer-source.js';
import { mediaType } from '../../upstream/response/response-headers.js';
import { withoutBody } from './whole-answer.js';

/** Bytes that may wait for a taker; then the upstream is held back. */
const MAX_HELD_BYTES = 65_536;

/**
 * A response whose bytes are handed on as they come, whatever they are. Texts alone are brought into UTF-8: what is taken
 * for a byte order mark may be a sound.
 */
export class OpenedBytes implements AnswerSource, AnswerSink {
  readonly #held = new ByteCollector();
  #sink: AnswerSink | undefined;
  #wasFull = false;
  #isEnded = false;
  #failure: GatewayError | undefined;
  #open!: () => void;
  #refuse!: (error: GatewayError) => void;

  private constructor(private readonly answer: AnswerSource) {}

  /** Settles with the first byte. @throws GatewayError where none comes */
  static async of(answer: AnswerSource): Promise<OpenedBytes> {
    const opened = new OpenedBytes(answer);
    await new Promise<void>((resolve, reject) => {
      opened.#open = resolve;
      opened.#refuse = reject;
      answer.readTo(opened, opened.isText);
    });
    return opened;
  }

  get status(): number {
    return this.answer.status;
  }

  get headers(): IncomingHttpHeaders {
    return this.answer.headers;
  }

  get isText(): boolean {
    return mediaType(this.headers['content-type']).startsWith('text/');
  }

  readTo(sink: AnswerSink): void {
    this.#sink = sink;
    const hasRoom = this.#held.length === 0 || sink.onData(this.#held.take());
    if (this.#failure !== undefined) sink.onError(this.#failure);
    else if (this.#isEnded) sink.onEnd();
    else if (this.#wasFull && hasRoom) this.answer.resume();
  }

  readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
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
  }

  onData(chunk: Buffer): boolean {
    if (this.#sink !== undefined) return this.#sink.onData(chunk);
    this.answer.firstByte();
    this.#held.append(chunk);
    this.#wasFull = this.#held.length > MAX_HELD_BYTES;
    this.#open();
    return !this.#wasFull;
  }

  onEnd(): void {
    this.#isEnded = true;
    if (this.#sink !== undefined) this.#sink.onEnd();
    else this.#refuse(withoutBody(this.answer));
  }

  onError(error: GatewayError): void {
    this.#failure ??= error;
    if (this.#sink !== undefined) this.#sink.onError(error);
    else this.#refuse(error);
  }
}
