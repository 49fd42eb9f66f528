import { FieldNames, JsonScan, type ScanLimits } from '../../protocol/json-scan.js';
import { parseJson } from '../../protocol/json.js';
import { type Dialect } from '../dialect.js';
import { LOWER_T, OPEN_BRACE, OPEN_BRACKET, isNumber } from '../json-body.js';
import { PassedFields, PassedRequest } from '../passed/passed-request.js';

const FIELDS = new PassedFields(['prompt', 'n', 'stream_options']);
const PROMPT = FIELDS.indexOf('prompt');
const N = FIELDS.indexOf('n');
const STREAM_OPTIONS = FIELDS.indexOf('stream_options');
const INCLUDE_USAGE = new FieldNames(['include_usage']);

/** Wire format: https://platform.openai.com/docs/api-reference/completions/create */
export class CompletionsRequest extends PassedRequest {
  constructor(dialect: Dialect, body: Buffer, limits?: ScanLimits) {
    super(dialect, body, limits, FIELDS);
  }

  /** How many choices a stream has: `n` for each prompt. */
  get choiceCount(): number {
    const each = isNumber(this.scan.firstByte(N)) ? (this.scan.parse(N) as number) : 1;
    return this.#promptCount() * (Number.isSafeInteger(each) ? Math.max(1, each) : 1);
  }

  /** `stream_options.include_usage`: the client wants a last chunk with the token counts. */
  get wantsUsage(): boolean {
    if (this.scan.firstByte(STREAM_OPTIONS) !== OPEN_BRACE) return false;
    return JsonScan.of(this.scan.bytes(STREAM_OPTIONS), INCLUDE_USAGE).firstByte(0) === LOWER_T;
  }

  /** A list of numbers is one prompt, given as tokens. */
  #promptCount(): number {
    if (this.scan.firstByte(PROMPT) !== OPEN_BRACKET) return 1;
    const prompts = parseJson(this.scan.text(PROMPT));
    if (!Array.isArray(prompts) || typeof prompts[0] === 'number') return 1;
    return Math.max(1, prompts.length);
  }
}
