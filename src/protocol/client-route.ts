import { type ErrorFormat } from './errors/error-format.js';
import { type Operation } from './operation.js';
import { type RateLimitFormat } from './rate-limits.js';

/** Where clients ask models for something, by POST: an operation in one wire format. */
export interface ClientRoute {
  readonly path: string;
  /** The name of the wire format. */
  readonly dialect: string;
  readonly operation: Operation;
  readonly errors: ErrorFormat;
  /** The header in which its clients look for the request's id, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** Default: `COMMON_RATE_LIMITS`. */
  readonly rateLimits?: RateLimitFormat;
}
