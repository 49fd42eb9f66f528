import { hash } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { type AuthConfig } from '../config/auth.config.js';

const FORWARDED: ReadonlySet<string> = new Set(['accept', 'content-type', 'traceparent']);
/**
 * These headers belong to the client's own OpenAI key, but the call is made with the operator's.
 */
const BELONGS_TO_KEY: ReadonlySet<string> = new Set(['openai-organization', 'openai-project']);
const IDEMPOTENCY_KEY = 'idempotency-key';

/**
 * The headers of a client that are forwarded to the model service; never its key, its cookies or
 * unknown headers.
 * @param prefix prefix of the headers that belong to the client's wire format
 */
export function forwardedHeaders(
  sent: IncomingHttpHeaders,
  requestId: string,
  client: string,
  auth: AuthConfig,
  prefix?: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in sent) {
    if (
      !FORWARDED.has(name) &&
      (prefix === undefined || !name.startsWith(prefix) || BELONGS_TO_KEY.has(name))
    )
      continue;
    const value = sent[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const idempotencyKey = sent[IDEMPOTENCY_KEY];
  if (typeof idempotencyKey === 'string')
    headers[IDEMPOTENCY_KEY] = ownIdempotencyKey(idempotencyKey, client, auth);
  headers['x-request-id'] = requestId;
  return headers;
}

/**
 * A service knows only one client, the gateway, and returns the stored response for a repeated
 * idempotency key. If several clients share its credential, one could fetch the response of
 * another. Therefore each client gets keys of its own, the same on every replica. A single client
 * needs none.
 */
function ownIdempotencyKey(key: string, client: string, auth: AuthConfig): string {
  if (!auth.enabled || auth.api_keys.every(({ name }) => name === client)) return key;
  return hash('sha256', `${client}\0${key}`, 'hex');
}
