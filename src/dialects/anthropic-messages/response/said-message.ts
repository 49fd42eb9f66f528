import { UpstreamError } from '../../../errors/upstream-errors.js';
import { errorOf, reportedError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** The error that a document reports in the place of a message; undefined for a good one. */
export function errorOfMessage(document: unknown): unknown {
  const isMessage = isJsonObject(document) && Array.isArray(document['content']);
  return isMessage ? reportedError(document) : errorOf(document, true);
}

/** What a message says; some services say a bare text. @throws UpstreamError where there is nothing of it */
export function blocksOf({ content }: JsonObject): readonly unknown[] {
  if (Array.isArray(content)) return content;
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  throw new UpstreamError(
    'upstream_invalid_response',
    "The upstream's answer is JSON, but holds no content.",
  );
}
