/** The rest of a limit per minute. */
export interface Standing {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of it is available again. */
  readonly resetMs: number;
}

/** The tightest limits of a client; undefined: it has none of that kind. */
export interface Standings {
  readonly requests?: Standing | undefined;
  readonly tokens?: Standing | undefined;
}

/** How one wire format reports the rest of a client's limits in response headers. */
export type RateLimitFormat = (standings: Standings) => Record<string, string>;

/** Whether a response header is about rate limits, those of the gateway or of a service. */
export function isRateLimitHeader(name: string): boolean {
  return IS_RATE_LIMIT.test(name);
}

const IS_RATE_LIMIT = /^(?:\w+-)?ratelimit-/;

/** Wire format: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
export const COMMON_RATE_LIMITS: RateLimitFormat = ({ requests, tokens }) => {
  const headers: Record<string, string> = {};
  if (requests !== undefined) add(headers, 'requests', requests);
  if (tokens !== undefined) add(headers, 'tokens', tokens);
  return headers;
};

function add(headers: Record<string, string>, kind: string, { limit, remaining, resetMs }: Standing): void {
  headers[`x-ratelimit-limit-${kind}`] = String(limit);
  headers[`x-ratelimit-remaining-${kind}`] = String(remaining);
  headers[`x-ratelimit-reset-${kind}`] = durationText(resetMs);
}

/**
 * A duration as Go writes it, such as `1h0m2s`, `6m0s`, `1.5s` or `12ms`; rounded up to
 * milliseconds.
 */
export function durationText(ms: number): string {
  const rest = Math.ceil(ms);
  if (rest > 0 && rest < 1000) return `${rest}ms`;
  const [hours, minutes] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000)];
  const seconds = (rest % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes % 60}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
