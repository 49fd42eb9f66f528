import { isJsonObject } from '../../protocol/json.js';
import { type FailureSigns } from './failure-signs.js';

/** The error in the body of a failed call, secrets removed. */
export interface ReadError {
  readonly message?: string;
  readonly upstreamError?: Record<string, unknown>;
}

/**
 * Adds OpenAI's code for a prompt that is too long, because its clients shorten the prompt by that
 * code and other formats have none.
 * @param body the parsed body, as received
 */
export function withCode(read: ReadError, body: unknown, { reason }: FailureSigns): ReadError {
  if (reason !== 'context_length' || !isOfOtherFormat(body)) return read;
  return { ...read, upstreamError: { param: null, ...read.upstreamError, code: 'context_length_exceeded' } };
}

/**
 * Anthropic's errors have an outer `type`, Gemini's a `status` that is a word; the latter may be in
 * a list.
 */
function isOfOtherFormat(body: unknown): boolean {
  const document: unknown = Array.isArray(body) ? body[0] : body;
  if (!isJsonObject(document) || !isJsonObject(document['error'])) return false;
  const { code, status } = document['error'];
  return (document['type'] === 'error' && code === undefined) || /^[A-Z_]+$/.test(String(status));
}
