import { LARGE_BODY_BYTES, nextTurn } from '../../protocol/turns.js';
import { type ClientRequest } from '../../dialects/ports/dialect.js';
import { linesAsEvents } from '../../dialects/framing/ndjson.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSink, answerTooLong } from '../../upstream/response/answer-source.js';
import { DerivedAnswer } from '../../upstream/response/derived-answer.js';
import { type OpenedAnswer } from '../../upstream/response/opened-answer.js';

const LF = 0x0a;

export interface EventAnswerOptions {
  readonly request: ClientRequest;
  /** `limits.answer`: maximum size of a document. */
  readonly maxAnswerBytes: number;
}

/**
 * A response as a stream of events, regardless of its content type: events pass unchanged, a JSON
 * document becomes events, and each line of JSON becomes an event.
 */
export class EventAnswer extends DerivedAnswer<OpenedAnswer> {
  constructor(
    answer: OpenedAnswer,
    private readonly options: EventAnswerOptions,
  ) {
    super(answer);
  }

  readTo(sink: AnswerSink): void {
    const { answer, options } = this;
    answer.whenBegun(() => {
      const { kind } = answer;
      answer.readTo(
        kind === undefined || kind === 'events' ? sink : new DocumentReader(sink, answer, options),
      );
    });
  }
}

/** Reads a body that should have been an event stream. */
class DocumentReader implements AnswerSink {
  readonly #held = new ByteCollector();
  /** Whether each line is a chunk; undefined until the first line has ended. */
  #isLines: boolean | undefined;
  #isOver = false;

  constructor(
    private readonly sink: AnswerSink,
    private readonly answer: OpenedAnswer,
    private readonly options: EventAnswerOptions,
  ) {}

  onData(chunk: Buffer): boolean {
    this.answer.firstByte();
    const { maxAnswerBytes } = this.options;
    const end = this.#isLines === false ? 0 : chunk.lastIndexOf(LF) + 1;
    if (end === 0) this.#held.append(chunk);
    else {
      this.#held.append(chunk.subarray(0, end));
      const lines = this.#held.all();
      this.#isLines ??= this.#isStream(lines);
      if (this.#isLines) this.#held.clear();
      this.#held.append(chunk.subarray(end));
      if (this.#isLines) return this.sink.onData(Buffer.from(linesAsEvents(lines)));
    }
    if (this.#held.length > maxAnswerBytes) {
      this.answer.abort(answerTooLong(maxAnswerBytes));
    }
    return true;
  }

  /**
   * Gives a large document a turn of its own, because it is parsed and serialised without
   * interruption.
   */
  onEnd(): void {
    if (this.#held.length <= LARGE_BODY_BYTES) this.#end();
    else void nextTurn().then(() => this.#endLater());
  }

  #endLater(): void {
    if (this.#isOver) return;
    try {
      this.#end();
    } catch (error) {
      this.sink.onError(new InternalError(error));
    }
  }

  #end(): void {
    const rest = this.#held.take();
    if (this.#isLines === true || this.#isStream(rest)) {
      if (rest.length > 0) this.sink.onData(Buffer.from(linesAsEvents(rest)));
      this.sink.onEnd();
      return;
    }
    const { kind } = this.answer;
    if (kind === 'markup' || kind === 'text') {
      this.sink.onError(notAStream(kind));
      return;
    }
    let events: string;
    try {
      events = this.options.request.dialect.documentAsEvents(rest, this.options.request);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.sink.onError(error);
      return;
    }
    this.sink.onData(Buffer.from(events));
    this.sink.onEnd();
  }

  #isStream(lines: Buffer): boolean {
    return this.options.request.dialect.beginsStream(lines);
  }

  onError(error: GatewayError): void {
    this.#isOver = true;
    this.sink.onError(error);
  }
}

function notAStream(kind: 'markup' | 'text'): UpstreamError {
  return new UpstreamError(
    'upstream_invalid_response',
    kind === 'markup'
      ? "The upstream's response is a page of markup, not a stream of events."
      : "The upstream's response is plain text, not a stream of events.",
  );
}
