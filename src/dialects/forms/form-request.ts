import { InvalidRequestError } from '../../errors/caller-errors.js';
import { IMAGES } from '../../protocol/operation.js';
import { type Upload } from '../../upstream/upstream-request.js';
import { type ClientRequest, type Dialect } from '../ports/dialect.js';
import { missing } from '../json-body.js';
import { boundaryOf } from './form-boundary.js';
import { FormScan } from './form-scan.js';
import { type FormSource } from './form-source.js';
import { FormUpload } from './form-upload.js';
import { HeldForm } from './held-form.js';

const MODEL = 'model';
const STREAM = 'stream';
const COUNT = 'n';
const WANTED: ReadonlySet<string> = new Set([MODEL, STREAM]);
const WANTED_OF_IMAGES: ReadonlySet<string> = new Set([MODEL, STREAM, COUNT]);
/** Room below which the count of images is no longer looked for; more than arrives in one read. */
const LEAST_ROOM_BYTES = 1024 * 1024;
/**
 * The most images that a service makes for one request:
 * https://platform.openai.com/docs/api-reference/images/createEdit
 */
const MOST_IMAGES = 10;
const NOTHING = Buffer.alloc(0);

/**
 * A request as `multipart/form-data` whose start has been read, up to its model and its count of
 * images.
 */
export class FormRequest implements ClientRequest {
  readonly body = NOTHING;
  readonly model: string;
  owner = '';
  #upload: FormUpload | undefined;

  private constructor(
    readonly dialect: Dialect,
    private readonly source: FormSource,
    private readonly scan: FormScan,
    private readonly held: HeldForm,
    private readonly length: number | undefined,
  ) {
    this.model = scan.field(MODEL)!.text;
    if (this.model === '')
      throw new InvalidRequestError('invalid_value', "'model' must not be empty.", MODEL);
  }

  /**
   * Reads up to the model, and for images also up to their count; both may follow the files.
   * @throws InvalidRequestError for an invalid form or one without a model; any error of the source
   */
  static async read(dialect: Dialect, source: FormSource): Promise<FormRequest> {
    const isCounted = dialect.operation === IMAGES;
    const scan = new FormScan(boundaryOf(source.contentType), isCounted ? WANTED_OF_IMAGES : WANTED);
    const held = new HeldForm();
    try {
      const more = async (): Promise<boolean> => {
        const chunk = await source.next();
        if (chunk === undefined) return false;
        source.hold(chunk.length);
        scan.push(chunk);
        await held.append(chunk);
        return true;
      };
      while (scan.field(MODEL) === undefined) if (!(await more())) throw missing(MODEL);
      while (isCounted && scan.field(COUNT) === undefined && !scan.isOver && source.room > LEAST_ROOM_BYTES)
        if (!(await more())) break;
      // Some services require the length. If the client has not announced it, it is known once the
      // form has been read to its end.
      if (source.length === undefined && scan.isOver) while (await more());
      const length = source.length ?? (scan.isOver ? scan.length : undefined);
      return new FormRequest(dialect, source, scan, held, length);
    } catch (error) {
      await held.discard();
      source.release();
      throw error;
    }
  }

  /** Known once its field has arrived, which may be after the files. */
  get isStream(): boolean {
    return this.scan.field(STREAM)?.text.trim().toLowerCase() === 'true';
  }

  /** The maximum if the form is too long to be held up to this field. */
  get replyCount(): number | undefined {
    if (this.dialect.operation !== IMAGES) return undefined;
    const text = this.scan.field(COUNT)?.text.trim();
    if (text === undefined) return this.scan.isOver ? 1 : MOST_IMAGES;
    return /^\d{1,15}$/.test(text) ? Math.max(1, Number(text)) : 1;
  }

  get isSpent(): boolean {
    return this.#upload?.hasBegun ?? false;
  }

  bodyFor(): Buffer {
    return NOTHING;
  }

  uploadFor(upstreamModel: string): Upload {
    const { source, scan, held } = this;
    this.#upload = new FormUpload(source, scan, held, scan.field(MODEL)!, upstreamModel, this.length);
    return this.#upload;
  }

  async discard(): Promise<void> {
    await this.held.discard();
    this.source.release();
  }
}
