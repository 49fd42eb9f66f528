export interface LoginErrorDetails {
  /** The service said no, or something that no repetition will mend, as opposed to being away or broken. */
  readonly isRefused: boolean;
  readonly upstreamStatus?: number;
  /** The service's own words, secrets removed. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** Why a login won no token. */
export class LoginError extends Error {
  readonly isRefused: boolean;
  readonly upstreamStatus: number | undefined;

  constructor(
    /** In our own words: names the step, and no value. */
    readonly what: string,
    { isRefused, upstreamStatus, reason, cause }: LoginErrorDetails,
  ) {
    super(reason === undefined ? `${what}.` : `${what}: ${reason}.`, { cause });
    this.name = LoginError.name;
    this.isRefused = isRefused;
    this.upstreamStatus = upstreamStatus;
  }
}
