import { type Upload } from '../../upstream/upstream-request.js';
import { type Span } from '../../protocol/scanning/splice.js';
import { type FormScan } from './form-scan.js';
import { type FormSource } from './form-source.js';
import { type HeldForm } from './held-form.js';
import { passedOn } from './young-garbage.js';

/**
 * A form on its way to a service: as it came, but for the model's name. What was held goes first; then no more is read
 * of the client than the service takes.
 */
export class FormUpload implements Upload {
  /** Some of it was taken: it cannot be had again. */
  hasBegun = false;
  readonly length: number | undefined;
  readonly #name: Buffer;

  /**
   * @param place of the model's name in the form
   * @param length of the form as it came, in bytes; undefined where nobody knows
   */
  constructor(
    private readonly source: FormSource,
    private readonly scan: FormScan,
    private readonly held: HeldForm,
    private readonly place: Span,
    model: string,
    length: number | undefined,
  ) {
    this.#name = Buffer.from(model);
    if (length !== undefined) this.length = length + this.#name.length - (place.end - place.start);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    this.hasBegun = true;
    const { held, scan, source } = this;
    let at = 0;
    for await (const chunk of held.take()) {
      yield* this.#renamed(chunk, at);
      at += chunk.length;
    }
    source.release();
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      // A second model, which the service might take for the one that is meant, ends the call.
      scan.push(chunk);
      yield chunk;
      passedOn(chunk.length);
    }
  }

  /** @param at where in the form the bytes are */
  *#renamed(bytes: Buffer, at: number): Generator<Buffer, void> {
    const { start, end } = this.place;
    const next = at + bytes.length;
    if (next <= start) yield bytes;
    else if (at <= start)
      yield Buffer.concat([
        bytes.subarray(0, start - at),
        this.#name,
        bytes.subarray(Math.min(bytes.length, end - at)),
      ]);
    else if (next > end) yield bytes.subarray(Math.max(0, end - at));
  }
}
