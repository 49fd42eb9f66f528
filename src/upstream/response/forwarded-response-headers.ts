import { type IncomingHttpHeaders } from 'node:http';

const FOR_CLIENTS = /^(?:retry-after(?:-ms)?$|x-ratelimit-|openai-|anthropic-)/;

/**
 * The upstream's response headers that reach the client: when to retry, rate limits, and those that OpenAI
 * and Anthropic define. All others, above all `set-cookie` and `server`, are dropped.
 */
export function forwardedResponseHeaders(upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    if (!FOR_CLIENTS.test(name)) continue;
    const value = upstream[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
