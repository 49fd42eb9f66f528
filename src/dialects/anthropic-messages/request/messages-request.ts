import { type Prompt } from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import {
  type ElementRule,
  type JsonScan,
  NO_LIMITS,
  type ScanLimits,
} from '../../../protocol/scanning/json-scan.js';
import { parseLosslessJson } from '../../../protocol/json.js';
import { scanRequest } from '../../../protocol/scanning/scan-request.js';
import { splice } from '../../../protocol/scanning/splice.js';
import { type PromptedRequest, type Dialect } from '../../ports/dialect.js';
import {
  LOWER_N,
  checkMessages,
  invalidType,
  isNumber,
  missing,
  readFlag,
  readText,
  refuseRepeated,
} from '../../json-body.js';
import { checkObject } from '../../checks.js';
import { type TokenLimit } from '../../ports/wire-format.js';
import { promptOf } from './prompt-of.js';

/**
 * The fields that the gateway itself reads, by their index in the scan; the upstream judges all
 * others.
 */
const enum Field {
  Model,
  Messages,
  Stream,
  MaxTokens,
}
const FIELDS = new FieldNames(['model', 'messages', 'stream', 'max_tokens']);
const MESSAGES: ElementRule = { list: Field.Messages, field: new FieldNames(['role']) };
/** The suffix by which Claude Code asks for a larger context window, such as `[1m]`. */
const WINDOW_SUFFIX = /(?<=.)\[\d+[km]\]$/i;

/**
 * A request for a message, with its bytes unchanged; only the fields that the gateway reads are
 * checked. Wire format: https://platform.claude.com/docs/en/api/messages
 */
export class MessagesRequest implements PromptedRequest {
  /** Without the suffix for a larger context window. */
  readonly model: string;
  readonly isStream: boolean;
  owner = '';
  readonly #scan: JsonScan;
  readonly #writtenModel: string;
  readonly #hasLimit: boolean;
  #prompt: Prompt | undefined;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @param isCount whether the request only counts tokens, and so needs no limit of new ones
   * @throws InvalidRequestError naming the invalid field, TooManyValuesError
   */
  constructor(
    readonly dialect: Dialect,
    readonly body: Buffer,
    limits: ScanLimits = NO_LIMITS,
    private readonly isCount = false,
  ) {
    const scan = scanRequest(body, FIELDS, limits, MESSAGES);
    this.#scan = scan;
    this.#writtenModel = readText(scan, Field.Model);
    this.model = this.#writtenModel.replace(WINDOW_SUFFIX, '');
    checkMessages(scan, Field.Messages);
    this.isStream = readFlag(scan, Field.Stream);
    this.#hasLimit = hasMaxTokens(scan);
    refuseRepeated(scan, Field.MaxTokens);
  }

  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit): Buffer {
    const scan = this.#scan;
    const limit = this.#needsLimit ? tokenLimit?.value : undefined;
    if (limit === undefined && upstreamModel === this.#writtenModel) return this.body;
    const model = { ...scan.span(Field.Model), text: JSON.stringify(upstreamModel) };
    if (limit === undefined) return splice(this.body, [model]);
    const isNull = scan.has(Field.MaxTokens);
    return splice(
      this.body,
      isNull
        ? [model, { ...scan.span(Field.MaxTokens), text: String(limit) }]
        : [{ ...model, text: `${model.text},"max_tokens":${limit}` }],
    );
  }

  checkLimit(defaultLimit: number | undefined): void {
    if (this.#needsLimit && defaultLimit === undefined) throw missing('max_tokens');
  }

  get #needsLimit(): boolean {
    return !this.#hasLimit && !this.isCount;
  }

  get outputLimit(): number | undefined {
    return this.#hasLimit ? (this.#scan.parse(Field.MaxTokens) as number) : undefined;
  }

  prompt(): Prompt {
    return (this.#prompt ??= promptOf(this.#parse()));
  }

  #parse(): Record<string, unknown> {
    // The scan has already enforced the limits for clients.
    const request = parseLosslessJson(this.body.toString(), NO_LIMITS);
    if (request !== undefined) return checkObject(request, 'body');
    throw new InvalidRequestError(
      'invalid_value',
      'The request body has a number beyond the range of doubles.',
    );
  }
}

/** Whether a limit of new tokens is set. 0 is valid: such a request warms the prompt cache. */
function hasMaxTokens(scan: JsonScan): boolean {
  const first = scan.firstByte(Field.MaxTokens);
  if (first === undefined || first === LOWER_N) return false;
  if (!isNumber(first)) throw invalidType('max_tokens', 'an integer', first);
  const value = scan.parse(Field.MaxTokens) as number;
  if (Number.isInteger(value) && value >= 0) return true;
  throw new InvalidRequestError(
    'invalid_value',
    "'max_tokens' must be an integer of 0 or more.",
    'max_tokens',
  );
}
