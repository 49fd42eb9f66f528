export interface LoginErrorDetails {
  /** The service said no, or something that no repetition will mend, as opposed to being away or broken. */
  readonly isRefused: boolean;
  /** The service asked to try later (408, 429): every replica waits, and the password may be right. */
  readonly isPutOff?: boolean;
  /** How long the service asks to be left alone. */
  readonly retryAfterMs?: number;
  readonly upstreamStatus?: number;
  /** The service's own words, secrets removed. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** Why a login won no token. */
export class LoginError extends Error {
  readonly isRefused: boolean;
  readonly isPutOff: boolean;
  readonly retryAfterMs: number | undefined;
  readonly upstreamStatus: number | undefined;

  constructor(
    /** In our own words: names the step, and no value. */
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
