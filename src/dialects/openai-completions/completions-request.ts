import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { parseJson } from '../../protocol/json.js';
import { type Edit } from '../../protocol/scanning/splice.js';
import { type Dialect } from '../ports/dialect.js';
import { asksForUsage, usageEdit } from '../openai-chat/request/stream-options.js';
import { OPEN_BRACKET } from '../json-body.js';
import { PassedFields, PassedRequest } from '../passed/passed-request.js';

const FIELDS = new PassedFields(['prompt', 'n', 'best_of', 'max_tokens', 'stream_options']);
const PROMPT = FIELDS.indexOf('prompt');
const N = FIELDS.indexOf('n');
const BEST_OF = FIELDS.indexOf('best_of');
const MAX_TOKENS = FIELDS.indexOf('max_tokens');
const STREAM_OPTIONS = FIELDS.indexOf('stream_options');
const MODEL = FIELDS.indexOf('model');

/** Wire format: https://platform.openai.com/docs/api-reference/completions/create */
export class CompletionsRequest extends PassedRequest {
  constructor(dialect: Dialect, body: Buffer, limits?: ScanLimits) {
    super(dialect, body, limits, FIELDS);
  }

  /** Number of choices in a stream: `n` per prompt. */
  get choiceCount(): number {
    return this.#promptCount() * (this.count(N) ?? 1);
  }

  get outputLimit(): number | undefined {
    const limit = this.count(MAX_TOKENS);
    return limit === undefined ? undefined : limit * this.replyCount;
  }

  /** The service generates `best_of` completions per prompt and returns `n` of them. */
  get replyCount(): number {
    return this.#promptCount() * Math.max(this.count(N) ?? 1, this.count(BEST_OF) ?? 1);
  }

  /** `stream_options.include_usage`: the client wants a final chunk with the token counts. */
  override get wantsUsage(): boolean {
    return asksForUsage(this.scan, STREAM_OPTIONS);
  }

  protected override furtherEdit(): Edit | undefined {
    return usageEdit(this.scan, STREAM_OPTIONS, this.scan.end(MODEL));
  }

  /** A list of numbers is one prompt, given as tokens. */
  #promptCount(): number {
    if (this.scan.firstByte(PROMPT) !== OPEN_BRACKET) return 1;
    const prompts = parseJson(this.scan.text(PROMPT));
    if (!Array.isArray(prompts) || typeof prompts[0] === 'number') return 1;
    return Math.max(1, prompts.length);
  }
}
