import { type IncomingHttpHeaders } from 'node:http';

/**
 * The upstream's response headers that reach the client: when to retry, rate limits, and those that
 * OpenAI and Anthropic define. All others, in particular `set-cookie` and `server`, are dropped.
 */
export function forwardedResponseHeaders(upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    const isForClients =
      name.startsWith('x-ratelimit-') ||
      name.startsWith('openai-') ||
      name.startsWith('anthropic-') ||
      name === 'retry-after' ||
      name === 'retry-after-ms';
    const value = isForClients ? upstream[name] : undefined;
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
