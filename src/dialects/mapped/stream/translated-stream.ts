import { LONGEST_TURN_MS, nextTurn } from '../../../protocol/turns.js';
import { type Usage } from '../../../conversation/usage.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import {
  type AnswerSource,
  type AnswerSink,
  collect,
  eventTooLong,
  streamInterrupted,
} from '../../../upstream/response/answer-source.js';
import { DerivedAnswer } from '../../../upstream/response/derived-answer.js';
import { type JsonObject } from '../../../protocol/json.js';
import { readUsage } from '../../openai-chat/usage.js';
import { type EventReader } from './event-reader.js';
import { type StreamTranslator } from './stream-translator.js';

/**
 * A stream in OpenAI's format, translated as it arrives. While expressions run and while the sink
 * is full, the upstream is paused, so that no more than one unfinished event accumulates.
 */
export class TranslatedStream extends DerivedAnswer implements AnswerSink {
  #usage: Usage | undefined;
  readonly #pending: Buffer[] = [];
  #sink!: AnswerSink;
  #isWorking = false;
  #isHeld = false;
  #isEnded = false;
  #isOver = false;
  #failure: GatewayError | undefined;

  constructor(
    answer: AnswerSource,
    private readonly reader: EventReader,
    private readonly translator: StreamTranslator,
    private readonly options: TranslatedStreamOptions,
  ) {
    super(answer, 'text/event-stream');
  }

  override get usage(): Usage | undefined {
    return this.#usage;
  }

  readTo(sink: AnswerSink): void {
    this.#sink = sink;
    this.answer.readTo(this);
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  override resume(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#start();
  }

  override done(): void {
    this.#isOver = true;
    this.#pending.length = 0;
    this.answer.done();
  }

  override abort(reason: GatewayError): void {
    this.answer.abort(reason);
    this.#end(reason);
  }

  onData(chunk: Buffer): boolean {
    // After a pause, undici's parser first passes an empty chunk. Pausing for that chunk would
    // bring the next empty one, without end.
    if (this.#isOver || chunk.length === 0) return true;
    this.#pending.push(chunk);
    this.#start();
    return false;
  }

  onEnd(): void {
    this.#isEnded = true;
    this.#start();
  }

  onError(error: GatewayError): void {
    this.#failure ??= error;
    // Earlier events are still sent, unless the client has no room for them.
    if (this.#isHeld) this.#end(error);
    else this.#start();
  }

  #start(): void {
    if (this.#isWorking || this.#isHeld || this.#isOver) return;
    this.#isWorking = true;
    void this.#work();
  }

  /** Never rejects: every failure becomes the stream's error. */
  async #work(): Promise<void> {
    try {
      for (;;) {
        const chunk = this.#pending.shift();
        if (chunk === undefined) break;
        await this.#translate(this.reader.push(chunk));
        if (this.reader.heldLength > this.options.maxEventBytes) {
          throw eventTooLong(this.options.maxEventBytes);
        }
        if (this.#isHeld) break;
      }
      if (!this.#isHeld && this.#pending.length === 0) await this.#afterLast();
    } catch (error) {
      const failure = this.options.toFailure(error);
      this.#end(failure);
      this.answer.abort(failure);
    } finally {
      this.#isWorking = false;
      if (this.#pending.length > 0 || ((this.#isEnded || this.#failure !== undefined) && !this.#isOver))
        this.#start();
      else if (!this.#isHeld && !this.#isEnded && this.#failure === undefined) this.answer.resume();
    }
  }

  async #afterLast(): Promise<void> {
    if (this.#failure !== undefined) this.#end(this.#failure);
    else if (this.#isEnded) {
      await this.#translate(this.reader.end());
      if (!this.translator.isDone) await this.#finish();
      this.#end();
    }
  }

  async #translate(events: Iterable<unknown>): Promise<void> {
    let chunks = '';
    let turnEndsAt = performance.now() + LONGEST_TURN_MS;
    try {
      for (const event of events) {
        if (this.#isOver || this.translator.isDone) break;
        chunks += await this.translator.translate(event);
        if (this.translator.isDone) chunks += await this.#lastChunks();
        if (performance.now() > turnEndsAt) {
          this.#hand(chunks);
          chunks = '';
          await nextTurn();
          turnEndsAt = performance.now() + LONGEST_TURN_MS;
        }
      }
    } catch (error) {
      // Earlier events are still sent.
      this.#hand(chunks);
      throw error;
    }
    if (this.translator.hasEvents) this.answer.firstByte();
    this.#hand(chunks);
  }

  /** The body has ended without an event that ends the stream. */
  async #finish(): Promise<void> {
    if (this.options.needsDone || !this.translator.hasEvents) {
      throw streamInterrupted();
    }
    this.#hand(await this.#lastChunks());
  }

  async #lastChunks(): Promise<string> {
    const finish = this.translator.finish();
    const usage = this.translator.usage ?? (await this.options.estimate(this.translator));
    this.#usage = readUsage(usage);
    return finish + this.translator.end(usage);
  }

  #hand(chunks: string): void {
    if (chunks === '' || this.#isOver) return;
    if (!this.#sink.onData(Buffer.from(chunks))) this.#isHeld = true;
  }

  #end(error?: GatewayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending.length = 0;
    if (error === undefined) this.#sink.onEnd();
    else this.#sink.onError(error);
  }
}

export interface TranslatedStreamOptions {
  /** `limits.event`: an unfinished event is held up to this size. */
  readonly maxEventBytes: number;
  /** Whether an event must end the stream, because the end of the body does not suffice. */
  readonly needsDone: boolean;
  /** Estimates the usage of a stream that reports none; undefined if nobody will see it. */
  readonly estimate: (translator: StreamTranslator) => Promise<JsonObject | undefined>;
  /** Turns anything thrown on the way into the error of the call. */
  readonly toFailure: (error: unknown) => GatewayError;
}
