import { withTier } from '../../../conversation/usage-classes.js';
import { type Usage } from '../../../conversation/usage.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { errorOf, isBare } from '../../../protocol/errors/error-shape.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { type ElementRule, JsonScan } from '../../../protocol/scanning/json-scan.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  parseLosslessJson,
  stringifyJson,
} from '../../../protocol/json.js';
import { type AnswerSource } from '../../../upstream/response/answer-source.js';
import { type BodyKind } from '../../../upstream/response/body-kind.js';
import { JSON_TYPE, jsonTypeOf } from '../../../upstream/response/response-headers.js';
import { type ReceivedBody, ReportedError } from '../../ports/received-reply.js';
import { type WholeReply } from '../../ports/dialect.js';
import { linesAsEvents } from '../../framing/ndjson.js';
import { type ChatOptions } from '../request/chat-options.js';
import { beginsWithChunk, isChunk } from './chunk.js';
import { completionToStream } from './completion-stream.js';
import { ChunkGathering } from '../gathering/chunk-gathering.js';
import { readUsage, scanUsage } from '../usage.js';

const FIELDS = new FieldNames(['choices', 'usage', 'error', 'errors', 'base_resp', 'service_tier']);
const [CHOICES, USAGE, ERROR, ERRORS, BASE_RESP, SERVICE_TIER] = [0, 1, 2, 3, 4, 5];
const MESSAGES: ElementRule = { list: CHOICES, field: new FieldNames(['message']) };
/** Passing values on takes no memory, so only the depth is limited. */
const PASSED_LIMITS = { depth: BUILT_LIMITS.depth, values: Infinity };
/** Present in a choice for which the service failed. */
const ERROR_KEY = Buffer.from('"error"');
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const LOWER_N = 0x6e;
const QUOTE = 0x22;

/** A chat completion. */
export class ChatReply implements WholeReply {
  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly usage: Usage | undefined,
    private readonly built?: JsonObject,
  ) {}

  get document(): JsonObject {
    const completion = this.built ?? parseLosslessJson(this.bytes.toString());
    if (isJsonObject(completion)) return completion;
    throw invalid(`The upstream's response ${excessOf(this.bytes) ?? 'is not a JSON object'}.`, 200);
  }

  get text(): string {
    const [choice] = this.document['choices'] as { message?: { content?: unknown } }[];
    const content = choice?.message?.content;
    return typeof content === 'string' ? content : '';
  }

  toStream({ wantsUsage }: ChatOptions): string {
    return completionToStream(this.document, wantsUsage);
  }
}

/**
 * Checks that a body is a chat completion: an HTML page or an incomplete document under HTTP 200 is
 * a failed call. A stream, from a service that only streams, was gathered into one completion
 * before.
 * @throws UpstreamError
 */
export function readWhole(
  body: ReceivedBody,
  { isStream, choiceCount }: ChatOptions,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
): WholeReply | ReportedError {
  const { bytes: received, kind } = body;
  if (kind === 'json' && !isStream) {
    const scan = JsonScan.of(received, FIELDS, PASSED_LIMITS, MESSAGES);
    if (isCompletion(scan)) {
      const usage = scan.has(USAGE) ? scanUsage(scan.bytes(USAGE)) : undefined;
      const served =
        scan.firstByte(SERVICE_TIER) === QUOTE ? withTier(usage, scan.parse(SERVICE_TIER)) : usage;
      return new ChatReply(received, jsonTypeOf(headers), served);
    }
  }
  const value =
    body.gathering === undefined ? parseLosslessJson(received.toString()) : body.gathering.finish();
  const isLines = kind === 'json' && (value === undefined || isChunk(value)) && beginsWithChunk(received);
  const completion = isLines ? gatherLines(received, choiceCount) : value;
  const error = errorOf(completion, true);
  if (error !== undefined) return new ReportedError(error, completion, isBare(completion, error));
  if (!isJsonObject(completion)) throw invalid(notJson(kind, received), status);
  if (!Array.isArray(completion['choices'])) {
    throw invalid("The upstream's response is JSON, but holds no choices.", status);
  }
  const usage = withTier(readUsage(completion['usage']), completion['service_tier']);
  if (completion !== value || kind === 'events')
    return new ChatReply(Buffer.from(stringifyJson(completion)), JSON_TYPE, usage, completion);
  return new ChatReply(received, jsonTypeOf(headers), usage, completion);
}

/**
 * Whether a document is certainly a chat completion; any other document is judged when it is
 * parsed.
 */
function isCompletion(scan: JsonScan): boolean {
  if (scan.fault !== undefined || scan.firstByte(CHOICES) !== OPEN_BRACKET) return false;
  if (scan.has(ERRORS) || scan.has(BASE_RESP) || (scan.has(ERROR) && scan.firstByte(ERROR) !== LOWER_N))
    return false;
  const error = scan.json.indexOf(ERROR_KEY, scan.start(CHOICES));
  if (error >= 0 && error < scan.end(CHOICES)) return false;
  const first = scan.elementFault;
  return first?.index === 0 && first.isField && first.firstByte === OPEN_BRACE;
}

function gatherLines(lines: Buffer, choiceCount: number): JsonObject {
  const gathering = new ChunkGathering(choiceCount);
  gathering.read(Buffer.from(linesAsEvents(lines)));
  return gathering.finish();
}

function notJson(kind: BodyKind, bytes: Buffer): string {
  const excess = excessOf(bytes);
  if (excess !== undefined) return `The upstream's response ${excess}.`;
  if (kind === 'markup') return "The upstream's response is not a JSON object, but a page of markup.";
  return "The upstream's response is not a JSON object.";
}

function invalid(message: string, upstreamStatus: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message, { upstreamStatus });
}
