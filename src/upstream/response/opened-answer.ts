import { type AnswerSource, collect } from './answer-source.js';
import { type BodyKind, bodyKind, fromFirstField, isSpace } from './body-kind.js';
import { HeldAnswer } from './held-answer.js';

/** Maximum number of bytes held before there is a sink; beyond it, the upstream is paused. */
const MAX_HELD_BYTES = 262_144;

/**
 * A response whose body is read from the start to detect its kind; its sink gets all of it. This
 * delays nothing: bytes that arrived with the headers are examined at once. White space before the
 * body, which some services send while they work, is dropped.
 */
export class OpenedAnswer extends HeldAnswer {
  /** Undefined while there are too few bytes to decide. */
  kind: BodyKind | undefined;
  #onBegun: (() => void) | undefined;

  constructor(answer: AnswerSource) {
    super(answer);
    answer.readTo(this);
  }

  /** The bytes of the body that have arrived and were not passed on yet. */
  get beginning(): Buffer {
    return this.held.all();
  }

  /**
   * Calls the listener when the kind is known or nothing more arrives; at once if it is known
   * already.
   */
  whenBegun(listener: () => void): void {
    if (this.#hasBegun) listener();
    else this.#onBegun = listener;
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  protected onHeldData(chunk: Buffer): boolean {
    if (this.kind === undefined) {
      if (this.held.length === 0 && isSpace(chunk)) return true;
      this.held.append(chunk);
      const beginning = this.held.all();
      this.kind = bodyKind(beginning);
      if (this.kind === 'events' && beginning[0]! <= 0x20) this.held.append(fromFirstField(this.held.take()));
      if (this.kind !== undefined) this.#begin();
      // `whenBegun` may have attached a sink just now.
      if (this.sink !== undefined) return this.hasRoom;
    } else this.held.append(chunk);
    return this.held.length <= MAX_HELD_BYTES;
  }

  protected onHeldEnd(): void {
    this.#begin();
  }

  get #hasBegun(): boolean {
    return this.kind !== undefined || this.isEnded || this.failure !== undefined;
  }

  #begin(): void {
    const listener = this.#onBegun;
    this.#onBegun = undefined;
    listener?.();
  }
}
