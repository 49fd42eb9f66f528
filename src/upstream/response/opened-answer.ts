import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSource, type AnswerSink, collect } from './answer-source.js';
import { type BodyKind, bodyKind, fromFirstField, isSpace } from './body-kind.js';

/** Bytes that may wait for a taker; then the upstream is held back. */
const MAX_HELD_BYTES = 262_144;

/**
 * An answer whose body is read from the start on, to see what it is; its taker gets all of it. This delays nothing:
 * what came in one read with the headers is judged at once. White space before the body, which some services send
 * while they work, is left out.
 */
export class OpenedAnswer implements AnswerSource, AnswerSink {
  /** Undefined while too little has arrived to know. */
  kind: BodyKind | undefined;
  readonly #held = new ByteCollector();
  #onBegun: (() => void) | undefined;
  #sink: AnswerSink | undefined;
  #hasRoom = true;
  #isEnded = false;
  #failure: GatewayError | undefined;

  constructor(private readonly answer: AnswerSource) {
    answer.readTo(this);
  }

  get status(): number {
    return this.answer.status;
  }

  get headers(): IncomingHttpHeaders {
    return this.answer.headers;
  }

  get usage(): Usage | undefined {
    return this.answer.usage;
  }

  /** The bytes of the body that have arrived and were not taken yet. */
  get beginning(): Buffer {
    return this.#held.all();
  }

  /** Calls back once it is known what the body is, or that nothing more comes; at once where it is known already. */
  whenBegun(listener: () => void): void {
    if (this.#hasBegun) listener();
    else this.#onBegun = listener;
  }

  readTo(sink: AnswerSink): void {
    this.#sink = sink;
    const wasFull = this.#held.length > MAX_HELD_BYTES;
    const hasRoom = this.#held.length === 0 || sink.onData(this.#held.take());
    this.#hasRoom = hasRoom;
    if (this.#failure !== undefined) sink.onError(this.#failure);
    else if (this.#isEnded) sink.onEnd();
    else if (wasFull && hasRoom) this.answer.resume();
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
    if (this.kind === undefined) {
      if (this.#held.length === 0 && isSpace(chunk)) return true;
      this.#held.append(chunk);
      const beginning = this.#held.all();
      this.kind = bodyKind(beginning);
      if (this.kind === 'events' && beginning[0]! <= 0x20)
        this.#held.append(fromFirstField(this.#held.take()));
      if (this.kind !== undefined) this.#begin();
      // `whenBegun` may have attached the taker just now.
      if (this.#sink !== undefined) return this.#hasRoom;
    } else this.#held.append(chunk);
    return this.#held.length <= MAX_HELD_BYTES;
  }

  onEnd(): void {
    this.#isEnded = true;
    if (this.#sink === undefined) this.#begin();
    else this.#sink.onEnd();
  }

  onError(error: GatewayError): void {
    this.#failure ??= error;
    if (this.#sink === undefined) this.#begin();
    else this.#sink.onError(error);
  }

  get #hasBegun(): boolean {
    return this.kind !== undefined || this.#isEnded || this.#failure !== undefined;
  }

  #begin(): void {
    const listener = this.#onBegun;
    this.#onBegun = undefined;
    listener?.();
  }
}
