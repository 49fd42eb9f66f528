import { type IncomingHttpHeaders } from 'node:http';

const FORWARDED: ReadonlySet<string> = new Set(['accept', 'content-type', 'traceparent', 'idempotency-key']);

/** The caller's headers that go up to the model service; never its key, its cookies or anything unknown. */
export function forwardedHeaders(caller: IncomingHttpHeaders, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in caller) {
    if (!FORWARDED.has(name) && !name.startsWith('openai-')) continue;
    const value = caller[name];
    if (typeof value === 'string') headers[name] = value;
  }
  headers['x-request-id'] = requestId;
  return headers;
}
