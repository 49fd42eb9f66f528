import { GatewayError } from './gateway-error.js';

/** Why a model call failed; the word that callers, the log and the availability list share. */
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

/** What a service's words or codes say of a failure, where its status does not. */
export type FailureReason =
  'context_length' | 'moderation' | 'quota' | 'rate_limit' | 'region' | 'credential' | 'intermediary';

/**
 * Whom a failed model call concerns. `everyone`: the service, or the gateway's access to it. `one_call`: an error
 * status, an error event or an unreadable response, which the request may have provoked. `nobody`: the request was
 * wrong, and its failure says nothing about the service.
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
  /** HTTP status that the upstream answered, if it did. */
  readonly upstreamStatus?: number;
  /** Headers of the upstream's answer that reach the caller. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The upstream's own `error` object, secrets removed; its extra keys are kept. */
  readonly upstreamError?: Readonly<Record<string, unknown>>;
  /** Whether the service refused the gateway's own login; undefined where the code says it. */
  readonly isLoginRefused?: boolean;
  readonly cause?: unknown;
  readonly reason?: FailureReason;
  /** Default: by the code; for a rejection by its status. */
  readonly scope?: FailureScope;
  /** Default: by the code. */
  readonly isRetryable?: boolean;
}

/** A model call that failed, other than by the caller's fault. 500 unless precise statuses are configured. */
export class UpstreamError extends GatewayError {
  declare readonly code: UpstreamErrorCode;
  readonly upstreamStatus: number | undefined;
  /** The service takes neither the gateway's credential nor its login, as opposed to being away, busy or broken. */
  readonly isCredentialRefused: boolean;
  readonly reason: FailureReason | undefined;
  readonly scope: FailureScope;
  readonly #upstreamError: Readonly<Record<string, unknown>> | undefined;

  constructor(code: UpstreamErrorCode, message: string, details: UpstreamErrorDetails = {}) {
    super(message, {
      status: 500,
      type: 'upstream_error',
      code,
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

  override get logCode(): string {
    return logCodeOf(this.reason) ?? this.code;
  }

  /** The same failure in other words. */
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
    // The request never left: the configuration could not say it in the service's words.
    if (this.code === 'mapping_failed') return 500;
    if (this.code === 'circuit_open' || this.upstreamStatus === 503 || this.upstreamStatus === 529)
      return 503;
    return 502;
  }

  /** The service's own `error` object, secrets removed; undefined where it had none. */
  get upstreamError(): Readonly<Record<string, unknown>> | undefined {
    return this.#upstreamError;
  }
}

/** The upstream found the caller's request wrong (400, 413, 415, 422) or too much (429): passed on as it is. */
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
      param: stringOrNull(upstreamError['param']) ?? undefined,
      headers: { ...details.headers, 'x-upstream-status': String(status) },
      isRetryable: details.isRetryable,
    });
    this.upstreamStatus = status;
    this.reason = details.reason;
    this.scope = details.scope ?? (status === 429 ? 'one_call' : 'nobody');
    this.#upstreamError = upstreamError;
  }

  override get logCode(): string {
    return logCodeOf(this.reason) ?? (this.status === 429 ? 'upstream_rate_limited' : 'upstream_rejected');
  }

  /** The service's own `error` object, secrets removed; empty where it had none. */
  get upstreamError(): Readonly<Record<string, unknown>> {
    return this.#upstreamError;
  }
}

/** The word for the log and the state of a model, where the code is too wide for it. */
function logCodeOf(reason: FailureReason | undefined): string | undefined {
  return reason === 'quota' ? 'upstream_quota_exhausted' : undefined;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
