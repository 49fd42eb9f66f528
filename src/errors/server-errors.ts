import { GatewayError } from './gateway-error.js';

/** 503: the process is on its way out; another replica, or this one in a second, will answer. */
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

/** 500: a fault of ours. The message is generic; the cause stays in the log. */
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
