import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { type ElementRule, JsonScan, NO_LIMITS } from '../../../protocol/scanning/json-scan.js';
import { type JsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { scanRequest } from '../../../protocol/scanning/scan-request.js';
import { type Edit, replace, splice } from '../../../protocol/scanning/splice.js';
import {
  LOWER_N,
  checkMessages,
  invalidType,
  isNumber,
  readFlag,
  readText,
  refuseRepeated,
  removeField,
  replaceField,
} from '../../json-body.js';
import { type ChatOptions } from './chat-options.js';
import { asksForUsage, usageEdit } from './stream-options.js';
import { type Prompt } from '../../../conversation/prompt.js';
import { type ConversationDialect } from '../../ports/dialect.js';
import { type TokenLimit } from '../../ports/wire-format.js';
import { promptOf } from '../conversation/prompt-of.js';

/**
 * The fields that the gateway itself reads, by their index in the scan; the upstream judges all
 * others.
 */
const enum Field {
  Model,
  Messages,
  Stream,
  MaxTokens,
  MaxCompletionTokens,
  N,
  StreamOptions,
}
const FIELDS = new FieldNames([
  'model',
  'messages',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'stream_options',
]);
const READ_ONCE = Field.MaxCompletionTokens;
const TOKEN_LIMITS = [Field.MaxTokens, Field.MaxCompletionTokens] as const;
const MESSAGES: ElementRule = { list: Field.Messages, field: new FieldNames(['role']) };

/**
 * A chat completion request, with its bytes unchanged; only the fields that the gateway reads are
 * checked. Wire format: https://platform.openai.com/docs/api-reference/chat/create
 */
export class ChatRequest implements ChatOptions {
  readonly model: string;
  readonly isStream: boolean;
  readonly choiceCount: number;
  readonly wantsUsage: boolean;
  owner = '';
  /** Number of objects, arrays, strings, numbers, literals, and keys of objects. */
  readonly valueCount: number;
  readonly #scan: JsonScan;
  readonly #hasTokenLimit: boolean;

  #prompt: Prompt | undefined;

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the invalid field, TooManyValuesError
   */
  constructor(
    readonly dialect: ConversationDialect,
    readonly body: Buffer,
    limits = NO_LIMITS,
  ) {
    const scan = scanRequest(body, FIELDS, limits, MESSAGES);
    this.#scan = scan;
    this.valueCount = scan.values;
    this.model = readText(scan, Field.Model);
    checkMessages(scan, Field.Messages);
    this.isStream = readFlag(scan, Field.Stream);
    this.#hasTokenLimit = hasTokenLimit(scan);
    refuseRepeated(scan, READ_ONCE);
    this.choiceCount = readChoiceCount(scan);
    this.wantsUsage = scan.has(Field.StreamOptions) && asksForUsage(scan, Field.StreamOptions);
  }

  get replyCount(): number {
    return this.choiceCount;
  }

  get outputLimit(): number | undefined {
    const limits = TOKEN_LIMITS.filter((field) => isNumber(this.#scan.firstByte(field)));
    if (limits.length === 0) return undefined;
    return this.choiceCount * Math.max(...limits.map((field) => this.#scan.parse(field) as number));
  }

  prompt(): Prompt {
    return (this.#prompt ??= promptOf(parseLosslessJson(this.body.toString()) as JsonObject));
  }

  /**
   * The bytes for the upstream, with `model` replaced. If the client set no token limit, or null,
   * the configured default is added, in place of the null. All other bytes are unchanged.
   */
  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit, asks = false): Buffer {
    const limit = tokenLimit === undefined || this.#hasTokenLimit ? undefined : tokenLimit;
    const usage = asks && this.isStream && !this.wantsUsage ? this.#usageEdit() : undefined;
    if (upstreamModel === this.model && limit === undefined && usage === undefined) return this.body;
    const { body } = this;
    const scan = this.#scan;
    const { start, end } = scan.span(Field.Model);
    const model = JSON.stringify(upstreamModel);
    const added = limit === undefined ? '' : `"${limit.field}":${limit.value}`;
    const hasNull = limit !== undefined && (scan.has(Field.MaxTokens) || scan.has(Field.MaxCompletionTokens));
    if (usage === undefined && !hasNull)
      return replace(body, { start, end, text: limit === undefined ? model : `${model},${added}` });
    const edits: Edit[] = usage === undefined ? [] : [usage];
    const [first, second] = hasNull ? this.#nullLimits() : [];
    const text = limit === undefined || first !== undefined ? model : `${model},${added}`;
    edits.push({ start, end, text });
    if (first !== undefined) edits.push(replaceField(scan, first, added));
    if (second !== undefined) edits.push(removeField(scan, second));
    return splice(body, edits);
  }

  #usageEdit(): Edit | undefined {
    return usageEdit(this.#scan, Field.StreamOptions, this.#scan.end(Field.Model));
  }

  /** The token limits that are null, in byte order, if none of them is a number. */
  #nullLimits(): readonly Field[] {
    const scan = this.#scan;
    return TOKEN_LIMITS.filter((limit) => scan.has(limit)).toSorted((a, b) => scan.start(a) - scan.start(b));
  }
}

/**
 * Whether one of the limits is a number. The first number counts; the upstream judges a second one.
 */
function hasTokenLimit(scan: JsonScan): boolean {
  return isTokenLimit(scan, Field.MaxTokens) || isTokenLimit(scan, Field.MaxCompletionTokens);
}

function isTokenLimit(scan: JsonScan, field: Field): boolean {
  const first = scan.firstByte(field);
  if (first === undefined || first === LOWER_N) return false;
  const name = FIELDS.names[field]!;
  if (!isNumber(first)) throw invalidType(name, 'a positive integer or null', first);
  const value = scan.parse(field) as number;
  if (Number.isInteger(value) && value >= 1) return true;
  throw new InvalidRequestError('invalid_value', `'${name}' must be a positive integer or null.`, name);
}

function readChoiceCount(scan: JsonScan): number {
  if (!isNumber(scan.firstByte(Field.N))) return 1;
  const count = scan.parse(Field.N) as number;
  return Number.isSafeInteger(count) ? Math.max(1, count) : 1;
}
