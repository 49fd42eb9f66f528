import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type Dialect } from '../ports/dialect.js';
import { LOWER_N, OPEN_BRACKET, QUOTE, invalidType, missing } from '../json-body.js';
import { PassedFields, PassedRequest } from '../passed/passed-request.js';
import { type Span, splice } from '../../protocol/scanning/splice.js';
import { type VectorForm } from './vectors.js';

const FIELDS = new PassedFields(['input', 'encoding_format']);
const INPUT = FIELDS.indexOf('input');
const ENCODING_FORMAT = FIELDS.indexOf('encoding_format');

const REFUSES_FORM = /encoding_format|base64/i;
const COMMA = 0x2c;
const SPACE = 0x20;

/**
 * A request for embeddings: of one text or several, given as text or as tokens. Wire format:
 * https://platform.openai.com/docs/api-reference/embeddings/create
 */
export class EmbeddingRequest extends PassedRequest {
  /** Undefined for a form that only the service knows, such as `int8`. */
  readonly form: VectorForm | undefined;

  constructor(dialect: Dialect, body: Buffer, limits?: ScanLimits) {
    super(dialect, body, limits, FIELDS);
    const first = this.scan.firstByte(INPUT);
    if (first === undefined) throw missing('input');
    if (first !== QUOTE && first !== OPEN_BRACKET) throw invalidType('input', 'a string or an array', first);
    this.form = this.#readForm();
  }

  /**
   * The same request without `encoding_format`. Whichever form the service then sends, the client
   * gets the one that it requested.
   */
  adaptedTo(refusal: string): EmbeddingRequest | undefined {
    const isAboutForm =
      this.form !== undefined && this.scan.has(ENCODING_FORMAT) && REFUSES_FORM.test(refusal);
    if (!isAboutForm) return undefined;
    const span = { start: this.scan.keyStart(ENCODING_FORMAT), end: this.scan.end(ENCODING_FORMAT) };
    const adapted = new EmbeddingRequest(this.dialect, withoutField(this.body, span));
    adapted.owner = this.owner;
    return adapted;
  }

  #readForm(): VectorForm | undefined {
    const first = this.scan.firstByte(ENCODING_FORMAT);
    if (first === undefined || first === LOWER_N) return 'float';
    if (first !== QUOTE) throw invalidType('encoding_format', 'a string', first);
    const form = this.scan.parse(ENCODING_FORMAT);
    if (form === 'float' || form === 'base64') return form;
    if (form !== '') return undefined;
    throw new InvalidRequestError('invalid_value', "'encoding_format' must not be empty.", 'encoding_format');
  }
}

/**
 * @param span a key and its value, with other fields before or after
 * @returns the object without them and without one comma
 */
function withoutField(body: Buffer, { start, end }: Span): Buffer {
  let after = end;
  while (body[after]! <= SPACE) after++;
  if (body[after] === COMMA) return splice(body, [{ start, end: after + 1, text: '' }]);
  let before = start - 1;
  while (body[before] !== COMMA) before--;
  return splice(body, [{ start: before, end, text: '' }]);
}
