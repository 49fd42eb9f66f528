import { GatewayError } from './gateway-error.js';

/** 503: the process is shutting down; a retry will reach another replica or the restarted one. */
export class ShuttingDownError extends GatewayError {
  constructor() {
    super('The gateway is shutting down. Please retry.', {
      status: 503,
      type: 'server_error',
      code: 'shutting_down',
      headers: { 'retry-after': '1' },
    });
  }
}

/** 503: the database for usage records cannot be reached; calls themselves are still served. */
export class UsageUnavailableError extends GatewayError {
  constructor(cause?: unknown) {
    super('The usage of calls cannot be read at the moment: its store does not respond. Please retry.', {
      status: 503,
      type: 'server_error',
      code: 'usage_unavailable',
      headers: { 'retry-after': '5' },
      cause,
    });
  }
}

/**
 * 500: a fault in the gateway. The client gets a generic message; the cause appears only in the
 * log.
 */
export class InternalError extends GatewayError {
  constructor(cause?: unknown) {
    super('The gateway failed to handle this request.', {
      status: 500,
      type: 'server_error',
      code: 'internal_error',
      isRetryable: false,
      cause,
    });
  }
}
