import { GatewayError } from './gateway-error.js';
import { type ErrorCode } from './guide/error-guide.js';

/** Why a model call failed; shared by error responses, the log and the availability list. */
export type UpstreamErrorCode =
  | 'upstream_error'
  | 'upstream_auth_failed'
  | 'upstream_not_found'
  | 'upstream_invalid_response'
  | 'upstream_login_failed'
  | 'upstream_unreachable'
  | 'upstream_stream_interrupted'
  | 'mapping_failed'
  | 'connect_timeout'
  | 'first_byte_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  | 'circuit_open';

/**
 * The reason for a failure, read from the service's message or code when the status is ambiguous.
 */
export type FailureReason =
  'context_length' | 'moderation' | 'quota' | 'rate_limit' | 'region' | 'credential' | 'intermediary';

/**
 * The scope of a failed model call. `everyone`: the service failed, or the gateway's access to it.
 * `one_call`: an error status, an error event or an unreadable response, which the request may have
 * caused. `nobody`: the request was wrong, so the failure does not count against the service.
 */
export type FailureScope = 'everyone' | 'one_call' | 'nobody';

const SCOPE_BY_CODE: Readonly<Partial<Record<UpstreamErrorCode, FailureScope>>> = {
  upstream_error: 'one_call',
  upstream_not_found: 'one_call',
  upstream_invalid_response: 'one_call',
  mapping_failed: 'nobody',
};

const NOT_WORTH_A_RETRY: ReadonlySet<UpstreamErrorCode> = new Set([
  'upstream_auth_failed',
  'upstream_not_found',
  'upstream_invalid_response',
  'upstream_login_failed',
  'mapping_failed',
]);

export interface UpstreamErrorDetails {
  /** HTTP status of the upstream's response, if there was one. */
  readonly upstreamStatus?: number;
  /** Headers of the upstream's response to forward to the client. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The upstream's own `error` object, secrets removed; its extra keys are kept. */
  readonly upstreamError?: Readonly<Record<string, unknown>>;
  /** Whether the service refused the gateway's login; undefined: the code decides. */
  readonly isLoginRefused?: boolean;
  readonly cause?: unknown;
  readonly reason?: FailureReason;
  /** Default: by code, or by status for a rejection. */
  readonly scope?: FailureScope;
  /** Default: by code. */
  readonly isRetryable?: boolean;
}

/**
 * A failed model call for which the client is not to blame. Its status is 500 unless precise
 * statuses are configured.
 */
export class UpstreamError extends GatewayError {
  declare readonly code: UpstreamErrorCode;
  readonly upstreamStatus: number | undefined;
  /**
   * Whether the service refused the gateway's credential or login, rather than being unreachable,
   * busy or broken.
   */
  readonly isCredentialRefused: boolean;
  readonly reason: FailureReason | undefined;
  readonly scope: FailureScope;
  readonly #upstreamError: Readonly<Record<string, unknown>> | undefined;

  constructor(code: UpstreamErrorCode, message: string, details: UpstreamErrorDetails = {}) {
    super(message, {
      status: 500,
      type: 'upstream_error',
      code,
      logCode: logCodeOf(details.reason),
      isRetryable: details.isRetryable ?? !NOT_WORTH_A_RETRY.has(code),
      headers: {
        ...details.headers,
        ...(details.upstreamStatus !== undefined && { 'x-upstream-status': String(details.upstreamStatus) }),
      },
      cause: details.cause,
    });
    this.upstreamStatus = details.upstreamStatus;
    this.isCredentialRefused = code === 'upstream_auth_failed' || details.isLoginRefused === true;
    this.reason = details.reason;
    this.scope = details.scope ?? SCOPE_BY_CODE[code] ?? 'everyone';
    this.#upstreamError = details.upstreamError;
  }

  /** A copy of this error with another message. */
  reworded(message: string): UpstreamError {
    const {
      headers,
      upstreamStatus,
      isCredentialRefused: isLoginRefused,
      reason,
      scope,
      isRetryable,
      cause,
    } = this;
    const details = { headers, upstreamStatus, isLoginRefused, reason, scope, isRetryable, cause };
    return new UpstreamError(this.code, message, { ...details, upstreamError: this.#upstreamError });
  }

  /** The status under `server.precise_error_status: true`. */
  get preciseStatus(): number {
    if (this.code.endsWith('_timeout')) return 504;
    // The request was never sent: the mapping could not express it.
    if (this.code === 'mapping_failed') return 500;
    if (this.code === 'circuit_open' || this.upstreamStatus === 503 || this.upstreamStatus === 529)
      return 503;
    return 502;
  }

  /** The service's `error` object, secrets removed; undefined if it had none. */
  get upstreamError(): Readonly<Record<string, unknown>> | undefined {
    return this.#upstreamError;
  }
}

/**
 * The upstream rejected the client's request (400, 413, 415, 422) or its rate (429); the client
 * gets the same status.
 */
export class UpstreamRejectedError extends GatewayError {
  readonly upstreamStatus: number;
  readonly reason: FailureReason | undefined;
  readonly scope: FailureScope;
  readonly #upstreamError: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    message: string,
    details: Omit<UpstreamErrorDetails, 'upstreamStatus' | 'cause'> = {},
  ) {
    const upstreamError = details.upstreamError ?? {};
    super(message, {
      status,
      type:
        typeof upstreamError['type'] === 'string'
          ? upstreamError['type']
          : status === 429
            ? 'rate_limit_error'
            : 'invalid_request_error',
      code: stringOrNull(upstreamError['code']),
      logCode: logCodeOf(details.reason) ?? (status === 429 ? 'upstream_rate_limited' : 'upstream_rejected'),
      param: stringOrNull(upstreamError['param']) ?? undefined,
      headers: { ...details.headers, 'x-upstream-status': String(status) },
      isRetryable: details.isRetryable,
    });
    this.upstreamStatus = status;
    this.reason = details.reason;
    this.scope = details.scope ?? (status === 429 ? 'one_call' : 'nobody');
    this.#upstreamError = upstreamError;
  }

  /** The service's `error` object, secrets removed; empty if it had none. */
  get upstreamError(): Readonly<Record<string, unknown>> {
    return this.#upstreamError;
  }
}

/** A more specific code for the log and the model's state, if the reason gives one. */
function logCodeOf(reason: FailureReason | undefined): ErrorCode | undefined {
  return reason === 'quota' ? 'upstream_quota_exhausted' : undefined;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
