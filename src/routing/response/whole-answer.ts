import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { errorOf, isBare } from '../../protocol/error-shape.js';
import { type ElementRule, FieldNames, JsonScan } from '../../protocol/json-scan.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  parseLosslessJson,
  stringifyJson,
} from '../../protocol/json.js';
import { readUsage, scanUsage } from '../../dialects/openai-chat/usage.js';
import { type ChatCall } from '../../providers/llm-provider.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type BodyKind } from '../../upstream/response/body-kind.js';
import { isJson, saysUtf8 } from '../../upstream/response/response-headers.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { ChunkGathering } from '../../dialects/openai-chat/gathering/chunk-gathering.js';
import { type AcceptedAnswer } from '../deployment-caller.js';
import { isChunk, linesAsEvents } from './event-answer.js';
import { judgeFailure } from '../retry/failure-cause.js';
import { readBody } from './whole-body.js';

const JSON_TYPE = 'application/json';

const FIELDS = new FieldNames(['choices', 'usage', 'error', 'errors', 'base_resp']);
const [CHOICES, USAGE, ERROR, ERRORS, BASE_RESP] = [0, 1, 2, 3, 4];
const MESSAGES: ElementRule = { list: CHOICES, field: new FieldNames(['message']) };
/** It takes no memory to pass values on, only depth does. */
const PASSED_LIMITS = { depth: BUILT_LIMITS.depth, values: Infinity };
/** Of a choice whose service failed. */
const ERROR_KEY = Buffer.from('"error"');
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const LOWER_N = 0x6e;

/** A whole answer, as bytes for the caller and as the object that they spell. */
export class WholeAnswer {
  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    private readonly built?: JsonObject,
  ) {}

  /** @throws UpstreamError where it passed as bytes and has too many values to be built */
  get completion(): JsonObject {
    const completion = this.built ?? parseLosslessJson(this.bytes.toString());
    if (isJsonObject(completion)) return completion;
    throw invalid(`The upstream's answer ${excessOf(this.bytes) ?? 'is not a JSON object'}.`, 200);
  }
}

/**
 * Reads an answer to its end and makes sure that it is a chat completion: a page of HTML or half a document under
 * HTTP 200 is a failed call. A stream, from a service that only streams, is gathered into one completion.
 * @param limitBytes `limits.answer`: longer ones are refused rather than held in memory
 * @throws GatewayError
 */
export async function readWholeAnswer(
  answer: AcceptedAnswer,
  call: ChatCall,
  record: CallRecord,
  failure: UpstreamFailure,
  limitBytes: number,
): Promise<WholeAnswer> {
  const { exchange, request } = answer;
  const { choiceCount } = call.request;
  const body = await readBody(exchange, choiceCount, limitBytes);
  const { bytes: received, kind } = body;
  if (kind === undefined) throw withoutBody(exchange);
  if (kind === 'json' && !call.request.isStream) {
    const scan = JsonScan.of(received, FIELDS, PASSED_LIMITS, MESSAGES);
    if (isCompletion(scan)) {
      record.usage = scan.has(USAGE) ? scanUsage(scan.bytes(USAGE)) : undefined;
      return new WholeAnswer(received, typeOf(exchange));
    }
  }
  const value =
    body.gathering === undefined ? parseLosslessJson(received.toString()) : body.gathering.finish();
  const isLines = kind === 'json' && (value === undefined || isChunk(value));
  const lines = isLines ? linesAsEvents(received) : undefined;
  const completion = lines === undefined ? value : gatherLines(lines, choiceCount);
  const error = errorOf(completion, true);
  if (error !== undefined) {
    const failed = failure.fromError(error, request, undefined, undefined, completion);
    throw meant(completion, error, failed, exchange.status);
  }
  if (!isJsonObject(completion)) throw invalid(notJson(kind, received), exchange.status);
  if (!Array.isArray(completion['choices'])) {
    throw invalid("The upstream's answer is JSON, but holds no choices.", exchange.status);
  }
  record.usage = readUsage(completion['usage']);
  if (completion !== value || kind === 'events')
    return new WholeAnswer(Buffer.from(stringifyJson(completion)), JSON_TYPE, completion);
  return new WholeAnswer(received, typeOf(exchange), completion);
}

/** Whether a document is a chat completion beyond doubt: whatever else it may be is found out once it is built. */
function isCompletion(scan: JsonScan): boolean {
  if (scan.fault !== undefined || scan.firstByte(CHOICES) !== OPEN_BRACKET) return false;
  if (scan.has(ERRORS) || scan.has(BASE_RESP) || (scan.has(ERROR) && scan.firstByte(ERROR) !== LOWER_N))
    return false;
  const error = scan.json.indexOf(ERROR_KEY, scan.start(CHOICES));
  if (error >= 0 && error < scan.end(CHOICES)) return false;
  const first = scan.elementFault;
  return first?.index === 0 && first.isField && first.firstByte === OPEN_BRACE;
}

function typeOf({ headers }: AnswerSource): string {
  const contentType = headers['content-type'] ?? '';
  return isJson(contentType) && saysUtf8(contentType) ? contentType : JSON_TYPE;
}

/** Whether a response has no body, by its status or by its length. */
export function isEmpty({ status, headers }: Pick<AnswerSource, 'status' | 'headers'>): boolean {
  return status === 204 || status === 205 || headers['content-length'] === '0';
}

/** The failure of a call whose response has no body. */
export function withoutBody({ status }: Pick<AnswerSource, 'status'>): UpstreamError {
  return invalid(`The upstream answered HTTP ${status} without a body.`, status);
}

function gatherLines(lines: Buffer, choiceCount: number): JsonObject {
  const gathering = new ChunkGathering(choiceCount);
  gathering.read(lines);
  return gathering.finish();
}

function invalid(message: string, upstreamStatus: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message, { upstreamStatus });
}

/**
 * An error in no known format, such as a bare text beside a number, is shown but not interpreted: a service fault that
 * it seems to report counts as an invalid response.
 */
function meant(answer: unknown, error: unknown, failed: GatewayError, status: number): GatewayError {
  const isDeclared = !isBare(answer, error);
  return isDeclared || !judgeFailure(failed).causes.includes('5xx')
    ? failed
    : invalid(failed.message, status);
}

function notJson(kind: BodyKind, bytes: Buffer): string {
  const excess = excessOf(bytes);
  if (excess !== undefined) return `The upstream's answer ${excess}.`;
  if (kind === 'markup') return "The upstream's answer is not a JSON object, but a page of markup.";
  return "The upstream's answer is not a JSON object.";
}
