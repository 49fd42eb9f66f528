import { type Usage } from '../../../conversation/usage.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { messageText } from '../../../protocol/message-text.js';
import { type AnswerSource } from '../../../upstream/response/answer-source.js';
import { JSON_TYPE, jsonTypeOf } from '../../../upstream/response/response-headers.js';
import { type ReceivedBody, ReportedError } from '../../ports/received-reply.js';
import { type WholeReply } from '../../ports/dialect.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { errorOfResponse } from '../upstream/reported-error.js';
import { usageOf } from '../usage.js';
import { noOutput, parsedResponse, responseEvents } from './response-events.js';

/** A complete response of a service, unchanged. */
export class WholeResponse implements WholeReply {
  readonly usage: Usage | undefined;

  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly document: JsonObject,
  ) {
    this.usage = usageOf(document);
  }

  get text(): string {
    return (this.document['output'] as readonly unknown[])
      .map((item) => (isJsonObject(item) && item['type'] === 'message' ? messageText(item['content']) : ''))
      .join('');
  }

  toStream(): string {
    return responseEvents(this.document);
  }
}

/**
 * Reads a complete body as a response, including one that the service is still working on.
 * @throws UpstreamError for anything that is not a response
 */
export function readWhole(
  { bytes, gathering }: ReceivedBody,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
): WholeReply | ReportedError {
  try {
    const document = gathering === undefined ? parsedResponse(bytes, status) : gathering.finish();
    const error = errorOfResponse(document);
    if (error !== undefined) return new ReportedError(error, document, false);
    if (!isJsonObject(document) || !Array.isArray(document['output'])) throw noOutput(status);
    return gathering === undefined
      ? new WholeResponse(bytes, jsonTypeOf(headers), document)
      : new WholeResponse(Buffer.from(stringifyJson(document)), JSON_TYPE, document);
  } catch (error) {
    if (error instanceof ReportedFailure) return new ReportedError(error.error, error.document, false);
    throw error;
  }
}
