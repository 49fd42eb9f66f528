import { type Prompt } from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import {
  type ElementRule,
  FieldNames,
  type JsonScan,
  NO_LIMITS,
  type ScanLimits,
} from '../../../protocol/scanning/json-scan.js';
import { parseLosslessJson } from '../../../protocol/json.js';
import { scanRequest } from '../../../protocol/scanning/scan-request.js';
import { splice } from '../../../protocol/scanning/splice.js';
import { type PromptedRequest, type Dialect } from '../../ports/dialect.js';
import {
  checkMessages,
  invalidType,
  isNumber,
  missing,
  readFlag,
  readText,
  refuseRepeated,
} from '../../json-body.js';
import { checkObject } from '../../checks.js';
import { promptOf } from './prompt-of.js';

/** The fields that the gateway itself reads, by their places; every other one is the upstream's business. */
const enum Field {
  Model,
  Messages,
  Stream,
  MaxTokens,
}
const FIELDS = new FieldNames(['model', 'messages', 'stream', 'max_tokens']);
const MESSAGES: ElementRule = { list: Field.Messages, field: new FieldNames(['role']) };
/** What Claude Code adds to the name of a model to ask for a larger context window, such as `[1m]`. */
const WINDOW_SUFFIX = /(?<=.)\[\d+[km]\]$/i;

/**
 * A request for a message as it came: checked where the gateway reads it, bytes kept.
 * Wire format: https://platform.claude.com/docs/en/api/messages
 */
export class MessagesRequest implements PromptedRequest {
  /** Without the suffix for a larger context window. */
  readonly model: string;
  readonly isStream: boolean;
  owner = '';
  readonly #scan: JsonScan;
  readonly #writtenModel: string;
  #prompt: Prompt | undefined;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @param isCount it asks how many tokens it has, and may leave out how many may follow
   * @throws InvalidRequestError naming the field at fault, TooManyValuesError
   */
  constructor(
    readonly dialect: Dialect,
    readonly body: Buffer,
    limits: ScanLimits = NO_LIMITS,
    isCount = false,
  ) {
    const scan = scanRequest(body, FIELDS, limits, MESSAGES);
    this.#scan = scan;
    this.#writtenModel = readText(scan, Field.Model);
    this.model = this.#writtenModel.replace(WINDOW_SUFFIX, '');
    checkMessages(scan, Field.Messages);
    this.isStream = readFlag(scan, Field.Stream);
    if (!isCount || scan.has(Field.MaxTokens)) checkMaxTokens(scan);
    refuseRepeated(scan, Field.MaxTokens);
  }

  /** A limit of new tokens is always there: no default is needed. */
  bodyFor(upstreamModel: string): Buffer {
    if (upstreamModel === this.#writtenModel) return this.body;
    return splice(this.body, [{ ...this.#scan.span(Field.Model), text: JSON.stringify(upstreamModel) }]);
  }

  get outputLimit(): number | undefined {
    return this.#scan.has(Field.MaxTokens) ? (this.#scan.parse(Field.MaxTokens) as number) : undefined;
  }

  prompt(): Prompt {
    return (this.#prompt ??= promptOf(this.#parse()));
  }

  #parse(): Record<string, unknown> {
    // The scan has held it to the limits of clients.
    const request = parseLosslessJson(this.body.toString(), NO_LIMITS);
    if (request !== undefined) return checkObject(request, 'body');
    throw new InvalidRequestError(
      'invalid_value',
      'The request body has a number beyond the range of doubles.',
    );
  }
}

/** 0 is legal: it warms the cache of prompts. */
function checkMaxTokens(scan: JsonScan): void {
  const first = scan.firstByte(Field.MaxTokens);
  if (first === undefined) throw missing('max_tokens');
  if (!isNumber(first)) throw invalidType('max_tokens', 'an integer', first);
  const value = scan.parse(Field.MaxTokens) as number;
  if (Number.isInteger(value) && value >= 0) return;
  throw new InvalidRequestError(
    'invalid_value',
    "'max_tokens' must be an integer of 0 or more.",
    'max_tokens',
  );
}
