import { type ModelConfig } from '../../../config/model.config.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type CallTrace } from '../../../calls/call-trace.js';
import { BackOff } from './back-off.js';
import { type AccessToken } from '../login-answer.js';
import { type ShareableToken, type SharedPause } from './shared-tokens.js';
import { type TokenState } from '../../token-state.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The first and the longest pause. */
const REFUSED_TOKEN = [5 * SECOND, 5 * MINUTE] as const;

/** A token as the cache holds it, here and in Redis. Times are epoch milliseconds. */
export interface HeldToken extends AccessToken, ShareableToken {
  readonly refreshToken?: string;
  readonly renewAtMs: number;
  /**
   * How many tokens were refused in a row before this one was requested, with no successful call between, on
   * any replica.
   */
  readonly refusalsBefore?: number;
}

/** What this process knows about one recipe's token, in addition to the token. */
export class Lease {
  /** The one login in progress; every call that needs its token waits for it. */
  login: Promise<AccessToken> | undefined;
  /** The trace of the call that begins the next login, if that call is traced. */
  askedBy: CallTrace | undefined;
  /** Can still be used after the access token that it was issued with has expired. */
  refreshToken: string | undefined;
  current: string | undefined;
  /** A call has succeeded with the current token, here or on another replica. */
  isProven = false;
  /** A token that was refused and dropped, although the cache may still contain it. */
  refused: string | undefined;
  /** How many tokens were refused in a row, with no successful call between. */
  refusals = 0;
  /** The model whose call was the first to succeed with the current token; undefined if that was on another replica. */
  provenBy: ModelConfig | undefined;
  /** Models refused with a token that works for other models of the account, without a successful call since. */
  suspects = new WeakSet<ModelConfig>();
  /**
   * Pauses of suspect models, kept apart so that a problem of one model does not stop the others.
   */
  ownPauses = new WeakMap<ModelConfig, BackOff>();
  /** When an operator last forced a login despite a pause. */
  forcedAtMs = -Infinity;
  /** When the current token expires, in epoch milliseconds; undefined without one. */
  validUntilMs: number | undefined;
  /** Number of tokens obtained, by a login of this process or of another replica. */
  tokenCount = 0;
  lastLoginAtMs: number | undefined;
  lastLoginFailure: { readonly atMs: number; readonly isRefused: boolean } | undefined;
  /** When, during a pause, the shared cache may next be searched for a token of another replica. */
  askAgainAtMs = 0;

  readonly refusedToken = new BackOff(...REFUSED_TOKEN);
  readonly refusedLogin = new BackOff(30 * SECOND, 15 * MINUTE);
  readonly failingLogin = new BackOff(1 * SECOND, 30 * SECOND);

  errorAt(nowMs: number): Error | undefined {
    return (
      this.refusedToken.errorAt(nowMs) ?? this.refusedLogin.errorAt(nowMs) ?? this.failingLogin.errorAt(nowMs)
    );
  }

  /** The state that people may see. It never contains the token. */
  stateAt(nowMs: number, model: ModelConfig): TokenState {
    const isValid = this.validUntilMs !== undefined && nowMs < this.validUntilMs;
    const pausedUntilMs = Math.max(
      ...[this.refusedToken, this.refusedLogin, this.failingLogin].map(({ untilMs }) => untilMs),
      this.ownPauses.get(model)?.untilMs ?? 0,
    );
    return {
      validUntilMs: isValid ? this.validUntilMs : undefined,
      renewals: Math.max(0, this.tokenCount - 1),
      lastLoginAtMs: this.lastLoginAtMs,
      lastLoginFailure: this.lastLoginFailure,
      pausedUntilMs: pausedUntilMs > nowMs ? pausedUntilMs : undefined,
    };
  }

  ownPauseOf(model: ModelConfig): BackOff {
    let pause = this.ownPauses.get(model);
    if (pause === undefined) {
      pause = new BackOff(...REFUSED_TOKEN);
      this.ownPauses.set(model, pause);
    }
    return pause;
  }

  endPauses(): void {
    this.refusals = 0;
    this.suspects = new WeakSet();
    this.ownPauses = new WeakMap();
    this.refusedToken.clear();
    this.refusedLogin.clear();
    this.failingLogin.clear();
  }

  accepts(held: HeldToken): boolean {
    return held.token !== this.refused && Date.now() < held.expiresAtMs;
  }

  /** The back-off for the cause of a pause that replicas share. */
  backOffOf(reason: SharedPause['reason']): BackOff {
    if (reason === 'put_off') return this.failingLogin;
    return reason === 'token' ? this.refusedToken : this.refusedLogin;
  }

  /** Call this when two or more tokens in a row were refused. */
  pauseAfterRefusals(nowMs: number): void {
    // Each refusal before this one, except the first, began a pause, perhaps on other replicas only.
    this.refusedToken.countAtLeast(this.refusals - 2);
    this.refusedToken.failed(nowMs, freshTokenRefused);
  }

  /** Adopts the pause of another replica. @returns the error for calls during the pause */
  adoptPause({ reason, failures, untilMs, message, upstreamStatus, askedMs }: SharedPause): UpstreamError {
    const error = (): UpstreamError =>
      reason === 'token'
        ? freshTokenRefused()
        : new UpstreamError('upstream_login_failed', message, {
            upstreamStatus,
            isLoginRefused: reason === 'login',
          });
    this.backOffOf(reason).adopt(failures, untilMs, error, askedMs);
    // The first pause follows the second refusal. A replica counts refusals even of tokens that it never used.
    if (reason === 'token') this.refusals = Math.max(this.refusals, failures + 1);
    return error();
  }
}

export function freshTokenRefused(): UpstreamError {
  return new UpstreamError(
    'upstream_auth_failed',
    'The service refuses the token that its own login issued.',
    { upstreamStatus: 401 },
  );
}
