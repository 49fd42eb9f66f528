import { type RateLimitFormat, type Standing } from '../../protocol/rate-limits.js';

/** Wire format: https://platform.claude.com/docs/en/api/rate-limits#response-headers */
export const MESSAGES_RATE_LIMITS: RateLimitFormat = ({ requests, tokens }) => {
  const headers: Record<string, string> = {};
  if (requests !== undefined) add(headers, 'requests', requests);
  if (tokens !== undefined) add(headers, 'tokens', tokens);
  return headers;
};

function add(headers: Record<string, string>, kind: string, { limit, remaining, resetMs }: Standing): void {
  const prefix = `anthropic-ratelimit-${kind}`;
  headers[`${prefix}-limit`] = String(limit);
  headers[`${prefix}-remaining`] = String(remaining);
  // RFC 3339 in whole seconds, like the service itself.
  const atMs = Math.ceil((Date.now() + resetMs) / 1000) * 1000;
  headers[`${prefix}-reset`] = new Date(atMs).toISOString().replace('.000Z', 'Z');
}
