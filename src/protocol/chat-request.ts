import { isUtf8 } from 'node:buffer';
import { InvalidRequestError } from '../errors/caller-errors.js';
import { type JsonObject, isJsonObject } from './json.js';
import { type JsonLimits, type Span, eachTopLevelField, refuseBeyond } from './top-level-fields.js';

/** The fields that the gateway itself reads; every other one is the upstream's business. */
interface ReadFields {
  readonly model: string;
  readonly messages: readonly unknown[];
  readonly stream?: boolean | null;
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly n?: unknown;
  readonly stream_options?: unknown;
}

/** Each with a bit of its own, to notice it a second time. */
const READ_ONCE: ReadonlyMap<string, number> = new Map(
  ['model', 'messages', 'stream', 'max_tokens', 'max_completion_tokens'].map((name, index) => [
    name,
    1 << index,
  ]),
);

const TOKEN_LIMITS: readonly string[] = ['max_tokens', 'max_completion_tokens'];

/** Bodies beyond it take long enough to read that others have to come in between. */
export const LARGE_BODY_BYTES = 65_536;
const NO_LIMITS: JsonLimits = { depth: Infinity, values: Infinity };
const BYTE_ORDER_MARK = '\ufeff';

/**
 * A chat completion request as it came: checked where the gateway reads it, bytes kept.
 * Wire format: https://platform.openai.com/docs/api-reference/chat/create
 */
export class ChatRequest {
  readonly model: string;
  readonly isStream: boolean;
  /** How many choices were asked for; 1 unless `n` is a larger whole number. */
  readonly choiceCount: number;
  /** `stream_options.include_usage`: the caller wants a last chunk with the token counts. */
  readonly wantsUsage: boolean;
  /** The name of the client that sent it; empty where nobody did. Work that clients wait for is shared out by it. */
  owner = '';
  readonly #hasTokenLimit: boolean;

  private constructor(
    readonly body: Buffer,
    fields: ReadFields,
    /** Of the model's name, in bytes. */
    private readonly modelSpan: Span,
    /** Of each token limit that is null, its name included, in bytes. */
    private readonly nullLimitSpans: readonly Span[],
  ) {
    this.model = fields.model;
    this.isStream = fields.stream === true;
    this.choiceCount = Number.isSafeInteger(fields.n) ? Math.max(1, fields.n as number) : 1;
    this.wantsUsage = isJsonObject(fields.stream_options) && fields.stream_options['include_usage'] === true;
    this.#hasTokenLimit = (fields.max_tokens ?? fields.max_completion_tokens ?? null) !== null;
  }

  /**
   * @param limits `server.json_depth_limit` and `server.json_values_limit`
   * @throws InvalidRequestError naming the field at fault, TooManyValuesError
   */
  static parse(body: Buffer, limits = NO_LIMITS): ChatRequest {
    const text = decode(body);
    // The depth of a small body is counted on the way, below, and it has fewer values than bytes; a large one could
    // fill the memory before that.
    if (body.length > LARGE_BODY_BYTES || body.length > limits.values) refuseBeyond(text, limits);
    const fields = parseObject(text);
    checkFields(fields);
    let modelSpan: Span | undefined;
    const nullLimitSpans: Span[] = [];
    let seen = 0;
    eachTopLevelField(
      text,
      (key, span, keyStart) => {
        const bit = READ_ONCE.get(key);
        if (bit === undefined) return;
        // Readers disagree on which of two equal keys counts, so the upstream could see another model than we did.
        if ((seen & bit) !== 0)
          throw new InvalidRequestError('invalid_value', `The field '${key}' occurs twice.`, key);
        seen |= bit;
        if (key === 'model') modelSpan = span;
        else if (fields[key] === null && TOKEN_LIMITS.includes(key))
          nullLimitSpans.push(inBytes({ start: keyStart, end: span.end }, text, body));
      },
      limits.depth,
    );
    return new ChatRequest(body, fields, inBytes(modelSpan!, text, body), nullLimitSpans);
  }

  /**
   * The bytes for the upstream: `model` replaced and, where the caller gave no limit or null, the configured default
   * of new tokens added, in the place of the null. Every other byte is as it came.
   */
  bodyFor(upstreamModel: string, tokenLimit?: { readonly field: string; readonly value: number }): Buffer {
    const limit = tokenLimit === undefined || this.#hasTokenLimit ? undefined : tokenLimit;
    if (upstreamModel === this.model && limit === undefined) return this.body;
    if (limit !== undefined && this.nullLimitSpans.length > 0)
      return this.#replaceNulls(upstreamModel, limit);
    let inserted = JSON.stringify(upstreamModel);
    if (limit !== undefined) inserted += `,${JSON.stringify(limit.field)}:${limit.value}`;
    const { start, end } = this.modelSpan;
    const insertedLength = Buffer.byteLength(inserted);
    const changed = Buffer.allocUnsafe(this.body.length - (end - start) + insertedLength);
    this.body.copy(changed, 0, 0, start);
    changed.write(inserted, start);
    this.body.copy(changed, start + insertedLength, end);
    return changed;
  }

  /** The default takes the place of the first null; a second one is cut out, with the comma before it. */
  #replaceNulls(upstreamModel: string, limit: { readonly field: string; readonly value: number }): Buffer {
    const { body, modelSpan } = this;
    const [first, second] = this.nullLimitSpans as [Span, Span?];
    const edits = [
      { ...modelSpan, text: JSON.stringify(upstreamModel) },
      { ...first, text: `${JSON.stringify(limit.field)}:${limit.value}` },
      ...(second === undefined
        ? []
        : [{ start: body.lastIndexOf(',', second.start), end: second.end, text: '' }]),
    ].toSorted((a, b) => a.start - b.start);
    const parts: Buffer[] = [];
    let at = 0;
    for (const { start, end, text } of edits) {
      parts.push(body.subarray(at, start), Buffer.from(text));
      at = end;
    }
    return Buffer.concat([...parts, body.subarray(at)]);
  }
}

function decode(body: Buffer): string {
  if (!isUtf8(body)) throw notJson(new SyntaxError('not UTF-8'));
  return body.toString();
}

/** Of a text and the bytes that it came from. */
function inBytes({ start, end }: Span, text: string, body: Buffer): Span {
  if (text.length === body.length) return { start, end };
  const startByte = Buffer.byteLength(text.slice(0, start));
  return { start: startByte, end: startByte + Buffer.byteLength(text.slice(start, end)) };
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notJson(cause, text.startsWith(BYTE_ORDER_MARK) ? ': it begins with a byte order mark' : '');
  }
  if (!isJsonObject(value))
    throw new InvalidRequestError('invalid_type', 'The request body must be a JSON object.');
  return value;
}

function checkFields(fields: JsonObject): asserts fields is JsonObject & ReadFields {
  checkName(fields);
  checkMessages(fields);
  const stream = field(fields, 'stream');
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw invalidType('stream', 'a boolean or null', stream);
  }
  checkTokenLimit(fields, 'max_tokens');
  checkTokenLimit(fields, 'max_completion_tokens');
}

function checkName(fields: JsonObject): void {
  const model = field(fields, 'model');
  if (model === undefined) throw missing('model');
  if (typeof model !== 'string') throw invalidType('model', 'a string', model);
  if (model === '') throw new InvalidRequestError('invalid_value', "'model' must not be empty.", 'model');
}

function checkMessages(fields: JsonObject): void {
  const messages = field(fields, 'messages');
  if (messages === undefined) throw missing('messages');
  if (!Array.isArray(messages)) throw invalidType('messages', 'an array', messages);
  if (messages.length === 0) {
    throw new InvalidRequestError('invalid_value', "'messages' must hold at least one message.", 'messages');
  }
  for (let i = 0; i < messages.length; i++) {
    const message: unknown = messages[i];
    if (!isJsonObject(message)) throw invalidType(`messages[${i}]`, 'an object', message);
    const role = field(message, 'role');
    if (role === undefined) throw missing(`messages[${i}].role`);
    if (typeof role !== 'string') throw invalidType(`messages[${i}].role`, 'a string', role);
  }
}

function checkTokenLimit(fields: JsonObject, name: string): void {
  const value = field(fields, name);
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') throw invalidType(name, 'a positive integer or null', value);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidRequestError('invalid_value', `'${name}' must be a positive integer or null.`, name);
  }
}

/** Own properties only: a body may hold `__proto__` as a plain key, and must not inherit from anything. */
function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function notJson(cause: unknown, why = ''): InvalidRequestError {
  return new InvalidRequestError(
    'invalid_json',
    `The request body is not valid JSON${why}.`,
    undefined,
    cause,
  );
}

function missing(param: string): InvalidRequestError {
  return new InvalidRequestError(
    'missing_required_parameter',
    `Missing required parameter: '${param}'.`,
    param,
  );
}

function invalidType(param: string, expected: string, value: unknown): InvalidRequestError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return new InvalidRequestError('invalid_type', `'${param}' must be ${expected}, not ${found}.`, param);
}
