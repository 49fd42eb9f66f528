import { type Usage } from '../../../conversation/usage.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { FieldNames, JsonScan } from '../../../protocol/json-scan.js';
import {
  BUILT_LIMITS,
  type JsonObject,
  excessOf,
  isJsonObject,
  parseJson,
  parseLosslessJson,
} from '../../../protocol/json.js';
import { type ClientRequest, type WholeReply } from '../../ports/dialect.js';
import { usageOf } from '../usage.js';

const FIELDS = new FieldNames(['type', 'content', 'usage', 'error']);
const [TYPE, CONTENT, USAGE, ERROR] = [0, 1, 2, 3];
/** It takes no memory to pass values on, only depth does. */
const PASSED_LIMITS = { depth: BUILT_LIMITS.depth, values: Infinity };
const OPEN_BRACKET = 0x5b;

/** A message that passes as it came. */
export class MessagesReply implements WholeReply {
  /** @param streamOf writes it as the stream that a client asked for */
  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly usage: Usage | undefined,
    private readonly streamOf: (bytes: Buffer, request: ClientRequest) => string,
  ) {}

  get document(): JsonObject {
    const message = parseLosslessJson(this.bytes.toString());
    if (isJsonObject(message)) return message;
    throw new UpstreamError(
      'upstream_invalid_response',
      `The upstream's answer ${excessOf(this.bytes) ?? 'is not a JSON object'}.`,
    );
  }

  get text(): string {
    const { content } = this.document as { content: readonly unknown[] };
    return content
      .map((block) =>
        isJsonObject(block) && block['type'] === 'text' && typeof block['text'] === 'string'
          ? block['text']
          : '',
      )
      .join('');
  }

  toStream(request: ClientRequest): string {
    return this.streamOf(this.bytes, request);
  }
}

/** What a body is as a message beyond doubt: whatever else it may be is found out once it is built. */
export function scanMessage(body: Buffer): { readonly usage: Usage | undefined } | undefined {
  const scan = JsonScan.of(body, FIELDS, PASSED_LIMITS);
  if (scan.fault !== undefined || scan.firstByte(CONTENT) !== OPEN_BRACKET || scan.has(ERROR))
    return undefined;
  if (scan.parse(TYPE) !== 'message') return undefined;
  const usage = scan.has(USAGE) ? parseJson(scan.text(USAGE)) : undefined;
  return { usage: isJsonObject(usage) ? usageOf(usage) : undefined };
}
