/** The state of an access token; never the token itself. Times are epoch milliseconds. */
export interface TokenState {
  /** Undefined if there is no valid token. */
  readonly validUntilMs: number | undefined;
  /** How many times a token was replaced by another one in this process. */
  readonly renewals: number;
  readonly lastLoginAtMs: number | undefined;
  /** `isRefused`: refused by the service, as opposed to an unreachable or broken service. */
  readonly lastLoginFailure: { readonly atMs: number; readonly isRefused: boolean } | undefined;
  /** Time before which no login is attempted; undefined without a pause. */
  readonly pausedUntilMs: number | undefined;
}
