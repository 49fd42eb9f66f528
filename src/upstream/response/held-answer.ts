import { type GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSink } from './answer-source.js';
import { DerivedAnswer } from './derived-answer.js';

/**
 * A response that is read before a sink is attached. Bytes that have arrived are held and passed to
 * the sink first, followed once by the end or the failure. From then on, chunks pass unchanged.
 */
export abstract class HeldAnswer extends DerivedAnswer implements AnswerSink {
  protected readonly held = new ByteCollector();
  protected sink: AnswerSink | undefined;
  protected isEnded = false;
  protected failure: GatewayError | undefined;
  /** False while the upstream is paused. */
  protected hasRoom = true;

  readTo(sink: AnswerSink): void {
    this.sink = sink;
    const wasHeldBack = !this.hasRoom;
    this.hasRoom = this.held.length === 0 || sink.onData(this.held.take());
    if (this.failure !== undefined) sink.onError(this.failure);
    else if (this.isEnded) sink.onEnd();
    else if (wasHeldBack && this.hasRoom) this.answer.resume();
  }

  onData(chunk: Buffer): boolean {
    return this.sink === undefined ? (this.hasRoom = this.onHeldData(chunk)) : this.sink.onData(chunk);
  }

  onEnd(): void {
    this.isEnded = true;
    if (this.sink === undefined) this.onHeldEnd();
    else this.sink.onEnd();
  }

  onError(error: GatewayError): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    if (this.sink === undefined) this.onHeldEnd();
    else this.sink.onError(error);
  }

  /**
   * Takes a chunk while no sink is attached; may attach one.
   * @returns false to pause the upstream until a sink has room
   */
  protected abstract onHeldData(chunk: Buffer): boolean;

  /** The body has ended or failed while no sink is attached. */
  protected abstract onHeldEnd(): void;
}
