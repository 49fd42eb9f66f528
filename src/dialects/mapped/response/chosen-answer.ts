import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../../conversation/usage.js';
import { type GatewayError } from '../../../errors/gateway-error.js';
import { type AnswerSource, type AnswerSink, collect } from '../../../upstream/response/answer-source.js';
import { type BodyKind } from '../../../upstream/response/body-kind.js';
import { OpenedAnswer } from '../../../upstream/response/opened-answer.js';

/** An answer that is translated as what its first bytes show it to be: services label errors as streams, and so on. */
export class ChosenAnswer implements AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #opened: OpenedAnswer;
  #chosen: AnswerSource;

  /** @param choose also for a body of which nothing is known yet, to guess by its label */
  constructor(
    answer: AnswerSource,
    private readonly choose: (answer: AnswerSource, kind: BodyKind | undefined) => AnswerSource,
  ) {
    this.#opened = new OpenedAnswer(answer);
    this.#chosen = choose(this.#opened, this.#opened.kind);
    this.status = answer.status;
    this.headers = this.#chosen.headers;
  }

  get usage(): Usage | undefined {
    return this.#chosen.usage;
  }

  readTo(sink: AnswerSink): void {
    const isKnown = this.#opened.kind !== undefined;
    this.#opened.whenBegun(() => {
      if (!isKnown) this.#chosen = this.choose(this.#opened, this.#opened.kind);
      this.#chosen.readTo(sink);
    });
  }

  readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  firstByte(): void {
    this.#chosen.firstByte();
  }

  resume(): void {
    this.#chosen.resume();
  }

  done(): void {
    this.#chosen.done();
  }

  abort(reason: GatewayError): void {
    this.#chosen.abort(reason);
  }
}
