import { type Usage } from '../../../conversation/usage.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { FieldNames } from '../../../protocol/scanning/field-names.js';
import { JsonScan } from '../../../protocol/scanning/json-scan.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  parseJson,
  parseLosslessJson,
  stringifyJson,
} from '../../../protocol/json.js';
import { type AnswerSource } from '../../../upstream/response/answer-source.js';
import { JSON_TYPE, jsonTypeOf } from '../../../upstream/response/response-headers.js';
import { type ClientRequest, type WholeReply } from '../../ports/dialect.js';
import { type ReceivedBody, ReportedError } from '../../ports/received-reply.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { blocksOf, errorOfMessage } from '../response/said-message.js';
import { usageOf } from '../usage.js';
import { messageEvents } from './message-events.js';

const FIELDS = new FieldNames(['type', 'content', 'usage', 'error']);
const [TYPE, CONTENT, USAGE, ERROR] = [0, 1, 2, 3];
/** Passing values on takes no memory, so only the depth is limited. */
const PASSED_LIMITS = { depth: BUILT_LIMITS.depth, values: Infinity };
const OPEN_BRACKET = 0x5b;

/** A complete message: as received, or assembled from a stream. */
class WholeMessage implements WholeReply {
  /** @param built the message, if it was already parsed */
  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly usage: Usage | undefined,
    private readonly built?: JsonObject,
  ) {}

  get document(): JsonObject {
    return this.built ?? parsedMessage(this.bytes, 200);
  }

  get text(): string {
    return blocksOf(this.document)
      .map((block) =>
        isJsonObject(block) && block['type'] === 'text' && typeof block['text'] === 'string'
          ? block['text']
          : '',
      )
      .join('');
  }

  toStream(): string {
    return messageEvents(this.document);
  }
}

/**
 * Reads a complete body as a message.
 * @throws UpstreamError for a body that is not a message
 */
export function readWhole(
  { bytes, gathering, kind }: ReceivedBody,
  { isStream }: Pick<ClientRequest, 'isStream'>,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
): WholeReply | ReportedError {
  const scanned = kind === 'json' && !isStream ? scanMessage(bytes) : undefined;
  if (scanned !== undefined) return new WholeMessage(bytes, jsonTypeOf(headers), scanned.usage);
  try {
    const message = gathering === undefined ? parsedMessage(bytes, status) : gathering.finish();
    const usage = isJsonObject(message['usage']) ? usageOf(message['usage']) : undefined;
    return gathering === undefined
      ? new WholeMessage(bytes, jsonTypeOf(headers), usage, message)
      : new WholeMessage(Buffer.from(stringifyJson(message)), JSON_TYPE, usage, message);
  } catch (error) {
    if (error instanceof ReportedFailure) return new ReportedError(error.error, error.document, false);
    throw error;
  }
}

/**
 * Parses a complete body as a message whose content is a list.
 * @throws ReportedFailure for an error, UpstreamError for anything else
 */
export function parsedMessage(bytes: Buffer, upstreamStatus: number): JsonObject {
  const value = parseLosslessJson(bytes.toString());
  const error = errorOfMessage(value);
  if (error !== undefined) throw new ReportedFailure(error, value);
  if (!isJsonObject(value))
    throw new UpstreamError(
      'upstream_invalid_response',
      `The upstream's answer ${excessOf(bytes) ?? 'is not a JSON object'}.`,
      { upstreamStatus },
    );
  return { ...value, content: blocksOf(value) };
}

/** Recognises a body that is certainly a message; any other body is judged when it is parsed. */
function scanMessage(body: Buffer): { readonly usage: Usage | undefined } | undefined {
  const scan = JsonScan.of(body, FIELDS, PASSED_LIMITS);
  if (scan.fault !== undefined || scan.firstByte(CONTENT) !== OPEN_BRACKET || scan.has(ERROR))
    return undefined;
  if (scan.parse(TYPE) !== 'message') return undefined;
  const usage = scan.has(USAGE) ? parseJson(scan.text(USAGE)) : undefined;
  return { usage: isJsonObject(usage) ? usageOf(usage) : undefined };
}
