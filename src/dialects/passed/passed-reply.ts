import { type Usage } from '../../conversation/usage.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { errorOf, isBare } from '../../protocol/errors/error-shape.js';
import { FieldNames } from '../../protocol/scanning/field-names.js';
import { type ElementRule, JsonScan } from '../../protocol/scanning/json-scan.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  parseJson,
  parseLosslessJson,
  stringifyJson,
} from '../../protocol/json.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { jsonTypeOf } from '../../upstream/response/response-headers.js';
import { type ClientRequest, type WholeReply } from '../ports/dialect.js';
import { type ReceivedBody, type ReplyGathering, ReportedError } from '../ports/received-reply.js';
import { ReportedFailure } from '../ports/upstream-dialect.js';
import { type UsagePlaces, readPassedUsage } from './passed-usage.js';

/** Passing values on takes no memory, so only the depth is limited. */
const PASSED_LIMITS = { depth: BUILT_LIMITS.depth, values: Infinity };
const COMMON = ['usage', 'error', 'errors', 'base_resp'] as const;
const [USAGE, ERROR, ERRORS, BASE_RESP] = [0, 1, 2, 3];
const LOWER_N = 0x6e;
const NO_FIELD = new FieldNames([]);

/**
 * The fields of a reply that are read: those of every format, those that identify a reply of this
 * format, and those with its usage.
 */
export class ReplyFields extends FieldNames {
  readonly #list: ElementRule | undefined;

  constructor(
    readonly content: readonly string[],
    private readonly places?: UsagePlaces,
  ) {
    super([...COMMON, ...content, ...(places?.fields ?? [])]);
    const list = places?.list === undefined ? -1 : this.names.indexOf(places.list);
    this.#list = list < 0 ? undefined : { list, field: NO_FIELD };
  }

  scan(bytes: Buffer): JsonScan {
    return JsonScan.of(bytes, this, PASSED_LIMITS, this.#list);
  }

  /** Whether a document has one of the fields that identify a reply. */
  isReply(scan: JsonScan): boolean {
    return this.content.some((_, index) => scan.has(COMMON.length + index));
  }

  isReplyObject(value: unknown): boolean {
    return isJsonObject(value) && this.content.some((name) => value[name] !== undefined);
  }

  usageIn(scan: JsonScan): Usage | undefined {
    const usage = scan.has(USAGE) ? parseJson(scan.text(USAGE)) : undefined;
    if (this.places === undefined) return readPassedUsage(usage);
    const values: JsonObject = {};
    for (const name of this.places.fields) {
      const field = this.names.indexOf(name);
      if (scan.has(field)) values[name] = parseJson(scan.text(field));
    }
    return readPassedUsage(usage, this.places.read?.(values, scan.elements), this.places.output);
  }

  usageOf(document: JsonObject): Usage | undefined {
    const { usage } = document;
    if (this.places === undefined) return readPassedUsage(usage);
    const { list = '', output } = this.places;
    const elements = document[list];
    const further = this.places.read?.(document, Array.isArray(elements) ? elements.length : 0);
    return readPassedUsage(usage, further, output);
  }
}

/** A reply that passes unchanged. */
export class PassedReply implements WholeReply {
  readonly text = '';

  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly usage: Usage | undefined,
  ) {}

  get document(): JsonObject {
    const document = parseLosslessJson(this.bytes.toString());
    if (isJsonObject(document)) return document;
    throw invalid(`The upstream's answer ${excessOf(this.bytes) ?? 'is not a JSON object'}.`, 200);
  }

  toStream(request: ClientRequest): string {
    return request.dialect.documentAsEvents(this.bytes, request);
  }
}

/**
 * Scans a document without parsing it.
 * @returns undefined unless it is certainly a reply; any other document is judged when it is parsed
 */
export function scanReply(bytes: Buffer, fields: ReplyFields): JsonScan | undefined {
  const scan = fields.scan(bytes);
  if (scan.fault !== undefined || !fields.isReply(scan) || scan.has(ERRORS) || scan.has(BASE_RESP))
    return undefined;
  return scan.has(ERROR) && scan.firstByte(ERROR) !== LOWER_N ? undefined : scan;
}

/**
 * Checks that a body is a reply: an HTML page or an incomplete document under HTTP 200 is a failed
 * call.
 * @param takesList whether a bare list is accepted, which some services of the format send
 * @throws UpstreamError
 */
export function readPassed(
  { bytes, kind, gathering }: ReceivedBody,
  fields: ReplyFields,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
  takesList = false,
): WholeReply | ReportedError {
  if (gathering !== undefined) return gatheredFrom(gathering, fields);
  const scan = kind === 'json' ? scanReply(bytes, fields) : undefined;
  if (scan !== undefined) return new PassedReply(bytes, jsonTypeOf(headers), fields.usageIn(scan));
  const value = parseLosslessJson(bytes.toString());
  const error = errorOf(value, !fields.isReplyObject(value));
  if (error !== undefined) return new ReportedError(error, value, isBare(value, error));
  if (takesList && Array.isArray(value)) return new PassedReply(bytes, jsonTypeOf(headers), undefined);
  if (!isJsonObject(value)) throw invalid(notJson(kind, bytes), status);
  if (fields.isReplyObject(value)) {
    return new PassedReply(bytes, jsonTypeOf(headers), fields.usageOf(value));
  }
  const lacks = fields.content.join(' and no ');
  throw invalid(`The upstream's answer is JSON${lacks && `, but holds no ${lacks}`}.`, status);
}

/** Gathers a stream that arrived instead of the requested document, if the format supports it. */
function gatheredFrom(stream: ReplyGathering, fields: ReplyFields): WholeReply | ReportedError {
  try {
    const document = stream.finish();
    const { error } = document;
    if (error !== undefined) return new ReportedError(error, document, false);
    return new PassedReply(
      Buffer.from(stringifyJson(document)),
      'application/json',
      fields.usageOf(document),
    );
  } catch (error) {
    if (error instanceof ReportedFailure) return new ReportedError(error.error, error.document, false);
    throw error;
  }
}

function notJson(kind: ReceivedBody['kind'], bytes: Buffer): string {
  const excess = excessOf(bytes);
  if (excess !== undefined) return `The upstream's answer ${excess}.`;
  const page = kind === 'markup' ? ', but a page of markup' : '';
  return `The upstream's answer is not a JSON object${page}.`;
}

export function invalid(message: string, upstreamStatus: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message, { upstreamStatus });
}

/**
 * The first object of the first list under one of these names, or of a bare list; undefined if
 * there is none.
 */
export function firstIn(whole: WholeReply | undefined, ...names: readonly string[]): JsonObject | undefined {
  const value = whole === undefined ? undefined : parseJson(whole.bytes.toString());
  const lists = isJsonObject(value) ? names.map((name) => value[name]) : [value];
  const [first] = lists.find((list): list is readonly unknown[] => Array.isArray(list)) ?? [];
  return isJsonObject(first) ? first : undefined;
}
