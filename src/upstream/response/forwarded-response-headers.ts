import { type IncomingHttpHeaders } from 'node:http';

/**
 * The headers of an upstream's answer that reach the caller: when to come again, what is left of its limits, and
 * what OpenAI names its own. All others, `set-cookie` and `server` above all, stay behind.
 */
export function forwardedResponseHeaders(upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in upstream) {
    if (!isForCallers(name)) continue;
    const value = upstream[name];
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function isForCallers(name: string): boolean {
  return (
    name === 'retry-after' ||
    name === 'retry-after-ms' ||
    name.startsWith('x-ratelimit-') ||
    name.startsWith('openai-')
  );
}
