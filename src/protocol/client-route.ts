import { type ErrorFormat } from './errors/error-format.js';
import { type Operation } from './operation.js';
import { type RateLimitFormat } from './rate-limits.js';

/** A POST route for model calls: an operation in one wire format. */
export interface ClientRoute {
  readonly path: string;
  /** The name of the wire format. */
  readonly dialect: string;
  readonly operation: Operation;
  readonly errors: ErrorFormat;
  /** The header in which its clients expect the request id, in addition to `x-request-id`. */
  readonly requestIdHeader?: string;
  /** Default: `COMMON_RATE_LIMITS`. */
  readonly rateLimits?: RateLimitFormat;
}
