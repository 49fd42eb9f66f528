import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Cache } from 'cache-manager';
import { UpstreamError } from '../errors/upstream-errors.js';
import { BackOff } from './back-off.js';
import { type AccessToken } from './login-answer.js';
import { LoginClient } from './login-client.js';
import { LoginError } from './login-error.js';
import { type LoginRecipe } from './login-recipe.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Renewal starts this share of the lifetime before the end, or five minutes, whichever is later. */
const RENEWAL_SHARE = 0.1;
const MAX_RENEWAL_MARGIN_MS = 5 * MINUTE;

/** A token as the cache holds it. Times are epoch milliseconds. */
interface HeldToken extends AccessToken {
  readonly refreshToken?: string;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** What this process knows of one recipe's token, beside the token itself. */
class Lease {
  /** The one login under way; everybody who needs its token waits for it. */
  login: Promise<AccessToken> | undefined;
  /** Outlives the token that it came with. */
  refreshToken: string | undefined;
  current: string | undefined;
  /** A call has succeeded with the current token. */
  isProven = false;
  /** Refused and dropped, though the cache may not have forgotten it yet. */
  refused: string | undefined;

  readonly refusedToken = new BackOff(5 * SECOND, 5 * MINUTE);
  readonly refusedLogin = new BackOff(30 * SECOND, 15 * MINUTE);
  readonly failingLogin = new BackOff(1 * SECOND, 30 * SECOND);

  errorAt(nowMs: number): Error | undefined {
    return (
      this.refusedToken.errorAt(nowMs) ?? this.refusedLogin.errorAt(nowMs) ?? this.failingLogin.errorAt(nowMs)
    );
  }
}

/**
 * Access tokens on lease: won by one login however many wait, kept in the cache, renewed before they end, dropped
 * when refused, and not fought over with a service that says no.
 */
@Injectable()
export class TokenLeases {
  readonly #log = new Logger(TokenLeases.name);
  readonly #leases = new Map<string, Lease>();

  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly client: LoginClient,
  ) {}

  /**
   * A token to send, from the cache or from a login.
   * @param despiteBackOff an operator's test may try a login that is backing off
   * @throws UpstreamError `upstream_login_failed`, or `upstream_auth_failed` after a fresh token was refused
   */
  async acquire(recipe: LoginRecipe, despiteBackOff = false): Promise<AccessToken> {
    const lease = this.#leaseOf(recipe);
    const held = await this.#held(recipe, lease);
    if (held === undefined) return this.#login(recipe, lease, despiteBackOff);
    this.#log.debug({ message: 'token from cache', model: recipe.model.name });
    if (Date.now() >= held.renewAtMs) this.#renewEarly(recipe, lease);
    return held;
  }

  /**
   * A call was refused (401) with `token`. Late and concurrent refusals of one token cause one login, and never
   * drop a newer token.
   * @returns true when another token is ready; false when a token that never worked was refused, so that a service
   * which refuses everything does not cost a login per call
   */
  async renewRefused(recipe: LoginRecipe, token: string): Promise<boolean> {
    const lease = this.#leaseOf(recipe);
    const held = await this.#held(recipe, lease);
    if (held?.token === token && lease.refused !== token) {
      const wasProven = lease.isProven;
      lease.refused = token;
      lease.isProven = false;
      this.#log.log({ message: 'token dropped', model: recipe.model.name, reason: 'refused by the service' });
      if (!wasProven) {
        lease.refreshToken = undefined;
        lease.refusedToken.failed(Date.now(), freshTokenRefused);
        this.#log.warn({ message: 'fresh token refused, backing off', model: recipe.model.name });
      }
      await this.cache.del(recipe.key);
      if (!wasProven) return false;
    }
    await this.acquire(recipe);
    return true;
  }

  /** A call succeeded with `token`. @param wasTest a successful model test ends every back-off */
  worked(recipe: LoginRecipe, token: string, wasTest: boolean): void {
    const lease = this.#leaseOf(recipe);
    if (lease.current === token && !lease.isProven) {
      lease.isProven = true;
      lease.refusedToken.clear();
    }
    if (wasTest) {
      lease.refusedToken.clear();
      lease.refusedLogin.clear();
      lease.failingLogin.clear();
    }
  }

  async #held(recipe: LoginRecipe, lease: Lease): Promise<HeldToken | undefined> {
    const held = await this.cache.get<HeldToken>(recipe.key);
    if (held === undefined || held.token === lease.refused || Date.now() >= held.expiresAtMs)
      return undefined;
    lease.current ??= held.token;
    lease.refreshToken = held.refreshToken ?? lease.refreshToken;
    return held;
  }

  #login(recipe: LoginRecipe, lease: Lease, despiteBackOff: boolean): Promise<AccessToken> {
    if (lease.login !== undefined) return lease.login;
    const pause = despiteBackOff ? undefined : lease.errorAt(Date.now());
    if (pause !== undefined) return Promise.reject(pause);
    lease.login = this.#loginOnce(recipe, lease).finally(() => {
      lease.login = undefined;
    });
    return lease.login;
  }

  /** The old token serves on; should the login fail, its back-off keeps the next caller from trying at once. */
  #renewEarly(recipe: LoginRecipe, lease: Lease): void {
    if (lease.login !== undefined || lease.errorAt(Date.now()) !== undefined) return;
    this.#log.log({ message: 'token renewal started', model: recipe.model.name });
    this.#login(recipe, lease, false).catch(() => {
      // Logged and remembered by #loginOnce; the caller has a token that still works.
    });
  }

  async #loginOnce(recipe: LoginRecipe, lease: Lease): Promise<AccessToken> {
    const startedAtMs = Date.now();
    const model = recipe.model.name;
    try {
      const { lifetimeMs: promisedMs, ...access } = await this.client.login(recipe, {
        refreshToken: lease.refreshToken,
      });
      const nowMs = Date.now();
      const lifetimeMs = Math.min(recipe.lifetimeMs, promisedMs ?? recipe.lifetimeMs);
      const held: HeldToken = {
        ...access,
        renewAtMs: nowMs + lifetimeMs - Math.min(lifetimeMs * RENEWAL_SHARE, MAX_RENEWAL_MARGIN_MS),
        expiresAtMs: nowMs + lifetimeMs,
      };
      await this.cache.set(recipe.key, held, lifetimeMs);
      lease.current = access.token;
      lease.refreshToken = access.refreshToken;
      lease.isProven = false;
      lease.refused = undefined;
      lease.refusedLogin.clear();
      lease.failingLogin.clear();
      this.#log.log({
        message: 'login succeeded',
        model,
        duration_ms: nowMs - startedAtMs,
        token_lifetime_s: Math.round(lifetimeMs / SECOND),
      });
      return access;
    } catch (cause) {
      const failure =
        cause instanceof LoginError ? cause : new LoginError('The login failed', { isRefused: false, cause });
      const error = (): UpstreamError =>
        new UpstreamError('upstream_login_failed', failure.message, {
          upstreamStatus: failure.upstreamStatus,
          cause: failure,
        });
      (failure.isRefused ? lease.refusedLogin : lease.failingLogin).failed(Date.now(), error);
      this.#log.warn({
        message: failure.isRefused ? 'login refused' : 'login failed',
        model,
        duration_ms: Date.now() - startedAtMs,
        upstream_status: failure.upstreamStatus,
        reason: failure.what,
      });
      throw error();
    }
  }

  #leaseOf(recipe: LoginRecipe): Lease {
    let lease = this.#leases.get(recipe.key);
    if (lease === undefined) {
      lease = new Lease();
      this.#leases.set(recipe.key, lease);
    }
    return lease;
  }
}

function freshTokenRefused(): UpstreamError {
  return new UpstreamError(
    'upstream_auth_failed',
    'The service refuses the token that its own login handed out.',
    {
      upstreamStatus: 401,
    },
  );
}
