import { InvalidRequestError } from '../../errors/caller-errors.js';
import { type ElementRule, FieldNames, JsonScan, NO_LIMITS } from '../../protocol/json-scan.js';
import { scanRequest } from '../../protocol/scan-request.js';
import { type Span, splice } from '../../protocol/splice.js';
import { type ChatOptions } from './chat-options.js';
import { OPENAI_CHAT } from './openai-chat.js';

/** The fields that the gateway itself reads, by their places; every other one is the upstream's business. */
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
/** Readers disagree on which of two equal keys counts, so the upstream could see another model than we did. */
const READ_ONCE = Field.MaxCompletionTokens;
const TOKEN_LIMITS = [Field.MaxTokens, Field.MaxCompletionTokens] as const;
const MESSAGES: ElementRule = { list: Field.Messages, field: new FieldNames(['role']) };
const NO_SPANS: readonly Span[] = [];
const STREAM_OPTIONS = new FieldNames(['include_usage']);

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const OPEN_BRACE = 0x7b;

/** Bodies beyond it take long enough to read that others have to come in between. */
export const LARGE_BODY_BYTES = 65_536;

/**
 * A chat completion request as it came: checked where the gateway reads it, bytes kept.
 * Wire format: https://platform.openai.com/docs/api-reference/chat/create
 */
export class ChatRequest implements ChatOptions {
  readonly dialect = OPENAI_CHAT;
  readonly model: string;
  readonly isStream: boolean;
  /** Objects, arrays, strings, numbers, literals, and the keys of objects. */
  readonly valueCount: number;
  readonly choiceCount: number;
  readonly wantsUsage: boolean;
  owner = '';
  readonly #hasTokenLimit: boolean;
  /** Of the model's name, in bytes. */
  readonly #modelSpan: Span;
  /** Of each token limit that is null, its name included, in bytes; in their order. */
  readonly #nullLimitSpans: readonly Span[];

  private constructor(
    readonly body: Buffer,
    scan: JsonScan,
  ) {
    this.model = readModel(scan);
    checkMessages(scan);
    this.valueCount = scan.values;
    this.isStream = readStream(scan);
    this.#hasTokenLimit = hasTokenLimit(scan);
    if (scan.repeated >= 0 && scan.repeated <= READ_ONCE) {
      const name = FIELDS.names[scan.repeated]!;
      throw new InvalidRequestError('invalid_value', `The field '${name}' occurs twice.`, name);
    }
    this.choiceCount = readChoiceCount(scan);
    this.wantsUsage = readsUsage(scan);
    this.#modelSpan = scan.span(Field.Model);
    this.#nullLimitSpans = this.#hasTokenLimit ? NO_SPANS : limitSpans(scan);
  }

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the field at fault, TooManyValuesError
   */
  static parse(body: Buffer, limits = NO_LIMITS): ChatRequest {
    return new ChatRequest(body, scanRequest(body, FIELDS, limits, MESSAGES));
  }

  /**
   * The bytes for the upstream: `model` replaced and, where the caller gave no limit or null, the configured default
   * of new tokens added, in the place of the null. Every other byte is as it came.
   */
  bodyFor(upstreamModel: string, tokenLimit?: { readonly field: string; readonly value: number }): Buffer {
    const limit = tokenLimit === undefined || this.#hasTokenLimit ? undefined : tokenLimit;
    if (upstreamModel === this.model && limit === undefined) return this.body;
    if (limit !== undefined && this.#nullLimitSpans.length > 0)
      return this.#replaceNulls(upstreamModel, limit);
    let inserted = JSON.stringify(upstreamModel);
    if (limit !== undefined) inserted += `,${JSON.stringify(limit.field)}:${limit.value}`;
    const { start, end } = this.#modelSpan;
    const insertedLength = Buffer.byteLength(inserted);
    const changed = Buffer.allocUnsafe(this.body.length - (end - start) + insertedLength);
    this.body.copy(changed, 0, 0, start);
    changed.write(inserted, start);
    this.body.copy(changed, start + insertedLength, end);
    return changed;
  }

  /** The default takes the place of the first null; a second one is cut out, with the comma before it. */
  #replaceNulls(upstreamModel: string, limit: { readonly field: string; readonly value: number }): Buffer {
    const { body } = this;
    const [first, second] = this.#nullLimitSpans as [Span, Span?];
    const edits = [
      { ...this.#modelSpan, text: JSON.stringify(upstreamModel) },
      { ...first, text: `${JSON.stringify(limit.field)}:${limit.value}` },
    ];
    if (second !== undefined)
      edits.push({ start: body.lastIndexOf(',', second.start), end: second.end, text: '' });
    return splice(body, edits);
  }
}

function readModel(scan: JsonScan): string {
  const first = scan.firstByte(Field.Model);
  if (first === undefined) throw missing('model');
  if (first !== QUOTE) throw invalidType('model', 'a string', first);
  const model = scan.parse(Field.Model) as string;
  if (model === '') throw new InvalidRequestError('invalid_value', "'model' must not be empty.", 'model');
  return model;
}

function checkMessages(scan: JsonScan): void {
  const first = scan.firstByte(Field.Messages);
  if (first === undefined) throw missing('messages');
  if (first !== OPEN_BRACKET) throw invalidType('messages', 'an array', first);
  if (scan.elements === 0) {
    throw new InvalidRequestError('invalid_value', "'messages' must hold at least one message.", 'messages');
  }
  const fault = scan.elementFault;
  if (fault === undefined) return;
  const at = `messages[${fault.index}]`;
  if (!fault.isField) throw invalidType(at, 'an object', fault.firstByte);
  if (fault.firstByte === undefined) throw missing(`${at}.role`);
  throw invalidType(`${at}.role`, 'a string', fault.firstByte);
}

function readStream(scan: JsonScan): boolean {
  const first = scan.firstByte(Field.Stream);
  if (first === undefined || first === LOWER_N || first === LOWER_F) return false;
  if (first !== LOWER_T) throw invalidType('stream', 'a boolean or null', first);
  return true;
}

/** Whether one of the limits is a number: the first that is one counts, and a second one is the upstream's business. */
function hasTokenLimit(scan: JsonScan): boolean {
  return isTokenLimit(scan, Field.MaxTokens) || isTokenLimit(scan, Field.MaxCompletionTokens);
}

/** Of the limits that are there, which are null; in their order. */
function limitSpans(scan: JsonScan): readonly Span[] {
  if (!scan.has(Field.MaxTokens) && !scan.has(Field.MaxCompletionTokens)) return NO_SPANS;
  return TOKEN_LIMITS.filter((limit) => scan.has(limit))
    .map((limit) => ({ start: scan.keyStart(limit), end: scan.end(limit) }))
    .toSorted((a, b) => a.start - b.start);
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

function readsUsage(scan: JsonScan): boolean {
  if (scan.firstByte(Field.StreamOptions) !== OPEN_BRACE) return false;
  return JsonScan.of(scan.bytes(Field.StreamOptions), STREAM_OPTIONS).firstByte(0) === LOWER_T;
}

function isNumber(first: number | undefined): boolean {
  return first !== undefined && kindOf(first) === 'a number';
}

function missing(param: string): InvalidRequestError {
  return new InvalidRequestError(
    'missing_required_parameter',
    `Missing required parameter: '${param}'.`,
    param,
  );
}

/** @param first the first byte of the value */
function invalidType(param: string, expected: string, first: number | undefined): InvalidRequestError {
  return new InvalidRequestError(
    'invalid_type',
    `'${param}' must be ${expected}, not ${kindOf(first)}.`,
    param,
  );
}

function kindOf(first: number | undefined): string {
  switch (first) {
    case QUOTE:
      return 'a string';
    case OPEN_BRACE:
      return 'an object';
    case OPEN_BRACKET:
      return 'an array';
    case LOWER_T:
    case LOWER_F:
      return 'a boolean';
    case LOWER_N:
      return 'null';
    default:
      return 'a number';
  }
}
