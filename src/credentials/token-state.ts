/** How an access token stands; never the token itself. Times are epoch milliseconds. */
export interface TokenState {
  /** Undefined when there is no valid token. */
  readonly validUntilMs: number | undefined;
  /** How many times a token has followed another one in this process. */
  readonly renewals: number;
  readonly lastLoginAtMs: number | undefined;
  /** `isRefused`: the service said no, as opposed to being away or broken. */
  readonly lastLoginFailure: { readonly atMs: number; readonly isRefused: boolean } | undefined;
  /** Until then nobody logs in again; undefined when nothing is in the way. */
  readonly pausedUntilMs: number | undefined;
}
