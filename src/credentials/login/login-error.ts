export interface LoginErrorDetails {
  /**
   * The service refused the login, or the failure is permanent, as opposed to a service that is unreachable
   * or broken.
   */
  readonly isRefused: boolean;
  /**
   * The service asked to try later (408, 429): every replica waits, and the password may still be
   * right.
   */
  readonly isPutOff?: boolean;
  /** How long the service asks to wait. */
  readonly retryAfterMs?: number;
  readonly upstreamStatus?: number;
  /** The service's own message, secrets removed. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** Why a login returned no token. */
export class LoginError extends Error {
  readonly isRefused: boolean;
  readonly isPutOff: boolean;
  readonly retryAfterMs: number | undefined;
  readonly upstreamStatus: number | undefined;

  constructor(
    /** The gateway's own description: it names the step, but no value. */
    readonly what: string,
    { isRefused, isPutOff = false, retryAfterMs, upstreamStatus, reason, cause }: LoginErrorDetails,
  ) {
    super(reason === undefined ? `${what}.` : `${what}: ${reason}.`, { cause });
    this.name = LoginError.name;
    this.isRefused = isRefused;
    this.isPutOff = isPutOff;
    this.retryAfterMs = retryAfterMs;
    this.upstreamStatus = upstreamStatus;
  }
}
