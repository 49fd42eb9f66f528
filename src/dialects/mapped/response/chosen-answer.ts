import { type AnswerSource, type AnswerSink, collect } from '../../../upstream/response/answer-source.js';
import { type BodyKind } from '../../../upstream/response/body-kind.js';
import { DerivedAnswer } from '../../../upstream/response/derived-answer.js';
import { OpenedAnswer } from '../../../upstream/response/opened-answer.js';

/**
 * A response that is translated according to its first bytes, because some services label errors as
 * streams, for example.
 */
export class ChosenAnswer extends DerivedAnswer {
  readonly #opened: OpenedAnswer;

  /** @param choose also called for a body of unknown kind, to guess by its label */
  constructor(
    answer: AnswerSource,
    private readonly choose: (answer: AnswerSource, kind: BodyKind | undefined) => AnswerSource,
  ) {
    const opened = new OpenedAnswer(answer);
    super(choose(opened, opened.kind));
    this.#opened = opened;
  }

  readTo(sink: AnswerSink): void {
    const isKnown = this.#opened.kind !== undefined;
    this.#opened.whenBegun(() => {
      if (!isKnown) this.answer = this.choose(this.#opened, this.#opened.kind);
      this.answer.readTo(sink);
    });
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }
}
