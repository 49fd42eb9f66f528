import { UpstreamError } from '../../../errors/upstream-errors.js';
import { errorOf, reportedError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** The error in a document that should be a message; undefined if there is none. */
export function errorOfMessage(document: unknown): unknown {
  const isMessage = isJsonObject(document) && Array.isArray(document['content']);
  return isMessage ? reportedError(document) : errorOf(document, true);
}

/**
 * The content blocks of a message; some services send a plain text instead.
 * @throws UpstreamError if there is neither
 */
export function blocksOf({ content }: JsonObject): readonly unknown[] {
  if (Array.isArray(content)) return content;
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  throw new UpstreamError(
    'upstream_invalid_response',
    "The upstream's answer is JSON, but holds no content.",
  );
}
