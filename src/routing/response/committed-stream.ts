import { type Dialect } from '../../dialects/ports/dialect.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { SseBoundary } from '../../dialects/framing/sse-boundary.js';
import {
  type AnswerSource,
  type AnswerSink,
  eventTooLong,
  streamInterrupted,
} from '../../upstream/response/answer-source.js';
import { HeldAnswer } from '../../upstream/response/held-answer.js';

/** How many bytes of comments without events are held back. */
const MAX_COMMENT_BYTES = 65_536;

export interface HoldOptions {
  /** An unfinished event is held up to this size. */
  readonly maxEventBytes: number;
  /** 0 = as long as the timeouts of the call allow. */
  readonly waitMs: number;
  /**
   * Called if no real event has arrived by the end of the wait.
   * @returns the failure to continue with, or undefined to let the stream through
   */
  readonly onWaited: () => GatewayError | undefined;
  /** The error of the call for an error and the event that reports it. */
  readonly toFailure: (error: unknown, event: unknown) => GatewayError;
}

/**
 * A stream on its way to the client. While another attempt is possible, its beginning is held back
 * until there is a first event worth sending the response headers for: an upstream that sends 200
 * and then fails can still be replaced. Afterwards all bytes, the held ones first, pass unchanged.
 */
export class CommittedStream extends HeldAnswer {
  /** Whether the first real event has arrived. */
  hasBegun = false;
  #boundary: SseBoundary | undefined;
  #options: HoldOptions | undefined;
  #timer: NodeJS.Timeout | undefined;
  #commit!: () => void;
  #refuse!: (error: GatewayError) => void;

  /** @param onBegin called when the first real event has arrived */
  constructor(
    answer: AnswerSource,
    private readonly dialect: Dialect,
    private readonly onBegin: () => void,
  ) {
    super(answer);
  }

  /**
   * Holds the stream back until its first real event.
   * @throws GatewayError if it fails before that
   */
  hold(options: HoldOptions): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#commit = resolve;
      this.#refuse = reject;
      this.#options = options;
      this.#boundary = new SseBoundary();
      this.answer.readTo(this);
      if (this.#boundary !== undefined && options.waitMs > 0) {
        this.#timer = setTimeout(() => this.#waited(), options.waitMs);
      }
    });
  }

  override readTo(sink: AnswerSink): void {
    if (this.#options === undefined) this.answer.readTo(sink);
    else super.readTo(sink);
  }

  override firstByte(): void {
    this.answer.firstByte();
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.onBegin();
  }

  protected onHeldData(chunk: Buffer): boolean {
    if (this.failure !== undefined) return true;
    this.held.append(chunk);
    if (this.#boundary === undefined) return true;
    const complete = this.#boundary.push(chunk);
    if (complete !== undefined) this.#judge(complete);
    else if (this.#boundary.heldLength > this.#options!.maxEventBytes) {
      this.#fail(eventTooLong(this.#options!.maxEventBytes));
    }
    return true;
  }

  protected onHeldEnd(): void {
    if (this.#boundary === undefined) return;
    if (this.failure === undefined) {
      // The empty line after the last event may be missing.
      this.#judge(this.#boundary.rest());
      if (this.#isHolding) this.#fail(streamInterrupted());
    } else this.#fail(this.failure);
  }

  get #isHolding(): boolean {
    return this.#boundary !== undefined;
  }

  /** @param events complete events */
  #judge(events: Buffer): void {
    const first = this.dialect.firstEvent(events);
    if (first === undefined) {
      if (this.held.length > MAX_COMMENT_BYTES) this.#letOut();
      return;
    }
    const { error, event } = first;
    if (error === undefined) {
      this.firstByte();
      this.#letOut();
    } else this.#fail(this.#options!.toFailure(error, event));
  }

  #waited(): void {
    const failure = this.#options!.onWaited();
    if (failure === undefined) this.#letOut();
    else this.#fail(failure);
  }

  #letOut(): void {
    clearTimeout(this.#timer);
    this.#boundary = undefined;
    this.#commit();
  }

  #fail(error: GatewayError): void {
    clearTimeout(this.#timer);
    this.#boundary = undefined;
    this.held.clear();
    this.failure ??= error;
    this.answer.abort(error);
    this.#refuse(error);
  }
}
