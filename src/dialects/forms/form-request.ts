import { InvalidRequestError } from '../../errors/caller-errors.js';
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
const WANTED: ReadonlySet<string> = new Set([MODEL, STREAM]);
const NOTHING = Buffer.alloc(0);

/** A request in the form of `multipart/form-data`, of which the beginning has come, up to its model. */
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
   * Reads up to the model.
   * @throws InvalidRequestError for what is no form, or has no model; whatever the source throws
   */
  static async read(dialect: Dialect, source: FormSource): Promise<FormRequest> {
    const scan = new FormScan(boundaryOf(source.contentType), WANTED);
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
      // Some services want to know the length, which a client that says none has told by ending.
      if (source.length === undefined && scan.isOver) while (await more());
      const length = source.length ?? (scan.isOver ? scan.length : undefined);
      return new FormRequest(dialect, source, scan, held, length);
    } catch (error) {
      await held.discard();
      source.release();
      throw error;
    }
  }

  /** Known once its field has come, which may be behind the files. */
  get isStream(): boolean {
    return this.scan.field(STREAM)?.text.trim().toLowerCase() === 'true';
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
