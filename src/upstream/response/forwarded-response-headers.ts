import { type IncomingHttpHeaders } from 'node:http';

/**
 * The upstream's response headers that reach the client: when to retry, rate limits, and those that OpenAI
 * defines. All others, above all `set-cookie` and `server`, are dropped.
 */
export function forwardedResponseHeaders(upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    if (!isForClients(name)) continue;
    const value = upstream[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function isForClients(name: string): boolean {
  return (
    name === 'retry-after' ||
    name === 'retry-after-ms' ||
    name.startsWith('x-ratelimit-') ||
    name.startsWith('openai-') ||
    name.startsWith('anthropic-ratelimit-')
  );
}
