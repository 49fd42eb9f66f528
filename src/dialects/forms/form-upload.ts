import { type Upload } from '../../upstream/upstream-request.js';
import { type Span } from '../../protocol/scanning/splice.js';
import { type FormScan } from './form-scan.js';
import { type FormSource } from './form-source.js';
import { type HeldForm } from './held-form.js';
import { passedOn } from './young-garbage.js';

/**
 * A form on its way to a service, unchanged except for the model's name. The held bytes are sent
 * first; after that, the gateway reads from the client only as fast as the service reads.
 */
export class FormUpload implements Upload {
  /** Whether some of it was sent, so that it cannot be sent again. */
  hasBegun = false;
  readonly length: number | undefined;
  readonly #name: Buffer;

  /**
   * @param place position of the model's name in the form
   * @param length of the received form, in bytes; undefined if unknown
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
      // A second model, which the service might use instead, ends the call.
      scan.push(chunk);
      yield chunk;
      passedOn(chunk.length);
    }
  }

  /** @param at position of the bytes in the form */
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
