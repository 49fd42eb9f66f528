import { FieldNames } from '../../protocol/scanning/field-names.js';
import { type JsonScan, NO_LIMITS } from '../../protocol/scanning/json-scan.js';
import { scanRequest } from '../../protocol/scanning/scan-request.js';
import { type Edit, replace, splice } from '../../protocol/scanning/splice.js';
import { type ClientRequest, type Dialect } from '../ports/dialect.js';
import { type TokenLimit } from '../ports/wire-format.js';
import { LOWER_N, isNumber, readFlag, readText, refuseRepeated } from '../json-body.js';

const MODEL = 0;
const STREAM = 1;

/**
 * The fields of a request that are read: its model, whether it asks for a stream, and those that a
 * format adds.
 */
export class PassedFields extends FieldNames {
  constructor(readonly further: readonly string[] = []) {
    super(['model', 'stream', ...further]);
  }

  /** The index of one of the additional names. */
  indexOf(name: string): number {
    return this.names.indexOf(name);
  }
}

export const PLAIN_FIELDS = new PassedFields();

/**
 * A request whose bytes pass unchanged, except for single edits such as the model's name. Only the
 * model and `stream` are checked; the service judges all other fields.
 */
export class PassedRequest implements ClientRequest {
  readonly model: string;
  readonly isStream: boolean;
  owner = '';
  protected readonly scan: JsonScan;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @param usualModel the format's default model
   * @throws InvalidRequestError naming the invalid field
   * @throws TooManyValuesError
   */
  constructor(
    readonly dialect: Dialect,
    readonly body: Buffer,
    limits = NO_LIMITS,
    fields = PLAIN_FIELDS,
    usualModel?: string,
  ) {
    this.scan = scanRequest(body, fields, limits);
    this.model = usualModel !== undefined && !isNamed(this.scan) ? usualModel : readText(this.scan, MODEL);
    this.isStream = readFlag(this.scan, STREAM);
    refuseRepeated(this.scan, STREAM);
  }

  get wantsUsage(): boolean | undefined {
    return undefined;
  }

  bodyFor(upstreamModel: string, _tokenLimit?: TokenLimit, asks = false): Buffer {
    const { body, scan } = this;
    const text = JSON.stringify(upstreamModel);
    if (scan.has(MODEL)) {
      const further = asks && this.isStream && this.wantsUsage === false ? this.furtherEdit() : undefined;
      if (upstreamModel === this.model && isNamed(scan))
        return further === undefined ? body : replace(body, further);
      const edit = { start: scan.start(MODEL), end: scan.end(MODEL), text };
      return further === undefined ? replace(body, edit) : splice(body, [edit, further]);
    }
    const start = body.indexOf('{') + 1;
    const comma = scan.values > 1 ? ',' : '';
    return replace(body, { start, end: start, text: `"model":${text}${comma}` });
  }

  /**
   * A number in one of the fields.
   * @returns at least 1; undefined if it is not a whole number
   */
  protected count(field: number): number | undefined {
    if (!isNumber(this.scan.firstByte(field))) return undefined;
    const count = this.scan.parse(field) as number;
    return Number.isSafeInteger(count) ? Math.max(1, count) : undefined;
  }

  /** The edit that asks for the usage of a stream. */
  protected furtherEdit(): Edit | undefined {
    return undefined;
  }
}

/** Whether the request names a model. Null counts as absent, as in other fields. */
function isNamed(scan: JsonScan): boolean {
  return scan.has(MODEL) && scan.firstByte(MODEL) !== LOWER_N;
}
