import { isJsonObject } from '../../protocol/json.js';
import { type FailureSigns } from './failure-signs.js';

/** The error in the body of a failed call, secrets removed. */
export interface ReadError {
  readonly message?: string;
  readonly upstreamError?: Record<string, unknown>;
}

/**
 * Formats beside OpenAI's have no code for a prompt that is too long, and OpenAI's clients shorten it by that code.
 * @param body parsed, as it came
 */
export function withCode(read: ReadError, body: unknown, { reason }: FailureSigns): ReadError {
  if (reason !== 'context_length' || !isOfOtherFormat(body)) return read;
  return { ...read, upstreamError: { param: null, ...read.upstreamError, code: 'context_length_exceeded' } };
}

/** Anthropic's errors have a `type` around them, Gemini's a `status` that is a word; the latter may come in a list. */
function isOfOtherFormat(body: unknown): boolean {
  const document: unknown = Array.isArray(body) ? body[0] : body;
  if (!isJsonObject(document) || !isJsonObject(document['error'])) return false;
  const { code, status } = document['error'];
  return (document['type'] === 'error' && code === undefined) || /^[A-Z_]+$/.test(String(status));
}
