import { Injectable, Logger } from '@nestjs/common';
import { errorPage } from '../../../errors/error-page.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { TokenEvents } from '../../../telemetry/token-events.js';
import { type HeldToken, type Lease } from './lease.js';
import { LoginClient } from '../login-client.js';
import { LoginError } from '../login-error.js';
import { type LoginRecipe } from '../login-recipe.js';
import { type SharedPause, SharedTokens } from './shared-tokens.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/**
 * A token is renewed when this share of its lifetime remains, or five minutes, whichever is less.
 */
const RENEWAL_SHARE = 0.1;
const MAX_RENEWAL_MARGIN_MS = 5 * MINUTE;
/**
 * Longest pause that a service can ask for, so that a mistake in its Retry-After does not stop a
 * model for a day.
 */
const MAX_ASKED_PAUSE_MS = 60 * MINUTE;

/**
 * Performs logins for leases: measures and logs each one, and remembers a failure as a pause, here
 * and for other replicas.
 */
@Injectable()
export class LoginAttempts {
  readonly #log = new Logger('TokenLeases');

  constructor(
    private readonly client: LoginClient,
    private readonly shared: SharedTokens,
    private readonly events: TokenEvents,
  ) {}

  /** @throws UpstreamError `upstream_login_failed` */
  async attempt(recipe: LoginRecipe, lease: Lease): Promise<HeldToken> {
    const startedAtMs = Date.now();
    const model = recipe.model.name;
    const endTrace = lease.askedBy?.loginBegan(model);
    lease.askedBy = undefined;
    try {
      const { lifetimeMs: promisedMs, ...access } = await this.client.login(recipe, {
        refreshToken: lease.refreshToken,
      });
      const nowMs = Date.now();
      const lifetimeMs = Math.min(recipe.lifetimeMs, promisedMs ?? recipe.lifetimeMs);
      const held: HeldToken = {
        ...access,
        ...(lease.refusals > 0 && { refusalsBefore: lease.refusals }),
        renewAtMs: nowMs + lifetimeMs - Math.min(lifetimeMs * RENEWAL_SHARE, MAX_RENEWAL_MARGIN_MS),
        expiresAtMs: nowMs + lifetimeMs,
      };
      lease.refused = undefined;
      lease.lastLoginAtMs = nowMs;
      this.#log.log({
        message: 'login succeeded',
        model,
        duration_ms: nowMs - startedAtMs,
        token_lifetime_s: Math.round(lifetimeMs / SECOND),
      });
      this.events.loginEnded(model, 'ok');
      endTrace?.('ok');
      return held;
    } catch (cause) {
      const failure =
        cause instanceof LoginError ? cause : new LoginError('The login failed', { isRefused: false, cause });
      const error = (): UpstreamError =>
        new UpstreamError('upstream_login_failed', failure.message, {
          upstreamStatus: failure.upstreamStatus,
          isLoginRefused: failure.isRefused && failure.upstreamStatus !== undefined,
          cause: failure,
        });
      const askedMs = Math.min(failure.retryAfterMs ?? 0, MAX_ASKED_PAUSE_MS);
      (failure.isRefused ? lease.refusedLogin : lease.failingLogin).failed(Date.now(), error, askedMs);
      lease.lastLoginFailure = { atMs: Date.now(), isRefused: failure.isRefused };
      this.#log.warn({
        message: failure.isRefused ? 'login refused' : 'login failed',
        model,
        duration_ms: Date.now() - startedAtMs,
        upstream_status: failure.upstreamStatus,
        reason: failure.what,
        help: errorPage('upstream_login_failed'),
      });
      const outcome = failure.isRefused ? 'refused' : 'failed';
      this.events.loginEnded(model, outcome);
      endTrace?.(outcome);
      if (failure.isRefused || failure.isPutOff) {
        const reason = failure.isRefused ? 'login' : 'put_off';
        await this.sharePause(recipe, lease, reason, error(), { askedMs });
      }
      throw error();
    }
  }

  /**
   * Shares a pause with the other replicas: they would fail in the same way, and ten of them must
   * not try a wrong password ten times.
   */
  sharePause(
    recipe: LoginRecipe,
    lease: Lease,
    reason: SharedPause['reason'],
    { message, upstreamStatus }: UpstreamError,
    { askedMs, token }: { readonly askedMs?: number; readonly token?: string } = {},
  ): Promise<void> {
    const { failures, untilMs } = lease.backOffOf(reason);
    const pause = { reason, failures, untilMs, message, upstreamStatus, askedMs };
    return this.shared.pause(recipe.key, pause, token);
  }
}
