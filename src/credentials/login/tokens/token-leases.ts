import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type CallTrace } from '../../../calls/call-trace.js';
import { Inspection } from '../../../calls/inspection.js';
import { errorPage } from '../../../errors/error-page.js';
import { TokenEvents } from '../../../telemetry/token-events.js';
import { KnownTokens } from './known-tokens.js';
import { type HeldToken, type Lease, freshTokenRefused } from './lease.js';
import { type AccessToken } from '../login-answer.js';
import { LoginAttempts } from './login-attempts.js';
import { type LoginRecipe } from '../login-recipe.js';
import { SharedTokens } from './shared-tokens.js';
import { type ForcedLogin } from '../../credential.js';

const SECOND = 1000;
const REFUSED = errorPage('upstream_auth_failed');

/** Where a token was found without logging in. */
export type TokenStore = 'memory' | 'shared';
/** Tokens that were found without logging in. */
export const HELD_TOKENS = new Inspection<{ readonly from: TokenStore; readonly held: HeldToken }>(
  'held-token',
);

/**
 * Leases of access tokens. However many callers wait, one login obtains the token. It is cached,
 * renewed before it expires, and dropped when refused. A service that keeps refusing tokens is not
 * asked again and again.
 *
 * Across replicas: a token in this process's memory is trusted until it is refused or due for
 * renewal, so calls do not wait for Redis. The other replicas are asked only then, or if there is
 * no token, before a login.
 */
@Injectable()
export class TokenLeases implements OnModuleDestroy {
  readonly #log = new Logger(TokenLeases.name);
  /** Reports to other replicas that are still being sent. */
  readonly #sharing = new Set<Promise<void>>();

  constructor(
    private readonly known: KnownTokens,
    private readonly attempts: LoginAttempts,
    private readonly shared: SharedTokens,
    private readonly events: TokenEvents,
  ) {}

  /**
   * A token to send, from the cache or from a login.
   * @param forced set to try a login that is backing off
   * @param trace the trace of the call, for a login that it may begin
   * @throws UpstreamError `upstream_login_failed`, or `upstream_auth_failed` after new tokens were
   * refused
   */
  async acquire(recipe: LoginRecipe, forced?: ForcedLogin, trace?: CallTrace): Promise<AccessToken> {
    const lease = this.known.leaseOf(recipe);
    const ownPause = lease.ownPauses.get(recipe.model)?.errorAt(Date.now());
    if (ownPause !== undefined && forced === undefined) throw ownPause;
    const held = await this.known.find(recipe, lease);
    if (lease.login === undefined) lease.askedBy = trace;
    if (held === undefined) return this.#login(recipe, lease, forced);
    this.#log.debug({ message: 'token from cache', model: recipe.model.name });
    if (HELD_TOKENS.isWatched) HELD_TOKENS.publish({ from: 'memory', held });
    this.events.tokenFromCache(recipe.model.name);
    if (Date.now() >= held.renewAtMs) this.#renewEarly(recipe, lease, held.token);
    return held;
  }

  /**
   * Call this when a call was refused (401) with `token`. Late and concurrent refusals of one token
   * cause one login, and never drop a newer token.
   * @returns true if another token is ready; false if two tokens in a row were refused with no
   * successful call between them, so that a service which refuses everything does not cost a login
   * per call
   */
  async renewRefused(recipe: LoginRecipe, token: string, trace?: CallTrace): Promise<boolean> {
    const lease = this.known.leaseOf(recipe);
    if (lease.login === undefined) lease.askedBy = trace;
    const verdict = await this.#drop(recipe, lease, token);
    if (verdict === 'own fault') return false;
    if (verdict === 'dropped') {
      // Starts before anything else is awaited, so that callers who need a token meanwhile wait for
      // its result.
      return this.#occupy(lease, () => this.#replace(recipe, lease, token)).then(
        () => true,
        (error: Error) => {
          if (lease.refusedToken.errorAt(Date.now()) !== undefined) return false;
          throw error;
        },
      );
    }
    await this.acquire(recipe, undefined, trace);
    return true;
  }

  /**
   * Call this when the repeated call was refused, too: drops `token`; the next login waits for the
   * next call that needs one.
   */
  async refusedAgain(recipe: LoginRecipe, token: string): Promise<void> {
    const lease = this.known.leaseOf(recipe);
    if ((await this.#drop(recipe, lease, token)) !== 'dropped') return;
    if (lease.refusals < 2) return void (await this.known.drop(recipe.key));
    await this.#occupy(lease, () => this.#replace(recipe, lease, token)).catch(() => {
      // This call fails with the service's error; the pause applies to later calls.
    });
  }

  /** Call this when a call has succeeded with `token`. */
  worked(recipe: LoginRecipe, token: string): void {
    const lease = this.known.leaseOf(recipe);
    if (lease.current !== token) return;
    lease.refusals = 0;
    if (lease.suspects.delete(recipe.model)) lease.ownPauses.delete(recipe.model);
    if (lease.isProven) return;
    lease.isProven = true;
    lease.provenBy = recipe.model;
    lease.refusedToken.clear();
    this.#share(this.shared.proved(recipe.key, token));
  }

  /**
   * Waits for reports to other replicas, so that a process that runs for one call does not end
   * before it has shared what it learned.
   */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#sharing);
  }

  #share(work: Promise<void>): void {
    this.#sharing.add(work);
    void work.finally(() => this.#sharing.delete(work));
  }

  /**
   * @returns whether `token` was in use and is now dropped; or `own fault` if the model was refused
   * before with a token that works for others of the account: then the model pauses alone, and the
   * others keep their session
   */
  async #drop(
    recipe: LoginRecipe,
    lease: Lease,
    token: string,
  ): Promise<'not in use' | 'dropped' | 'own fault'> {
    const held = await this.known.find(recipe, lease);
    if (held?.token !== token || lease.refused === token) return 'not in use';
    const { model } = recipe;
    const worksForOthers = lease.isProven && lease.provenBy !== undefined && lease.provenBy !== model;
    const isSuspect = lease.suspects.has(model);
    if (isSuspect) {
      lease.ownPauseOf(model).failed(Date.now(), freshTokenRefused);
      this.#log.warn({ message: 'fresh token refused, backing off', model: model.name, help: REFUSED });
      if (worksForOthers) return 'own fault';
    } else if (worksForOthers) lease.suspects.add(model);
    lease.refusals = lease.isProven ? 1 : lease.refusals + 1;
    lease.refused = token;
    lease.validUntilMs = undefined;
    lease.isProven = false;
    this.#log.log({ message: 'token dropped', model: recipe.model.name, reason: 'refused by the service' });
    this.events.renewalBegan(recipe.model.name, 'refused');
    if (!isSuspect) return 'dropped';
    lease.refusals = 0;
    await this.known.drop(recipe.key);
    return 'own fault';
  }

  /** @param current the token to renew, which remains in use meanwhile */
  #login(
    recipe: LoginRecipe,
    lease: Lease,
    forced: ForcedLogin | undefined,
    current?: string,
  ): Promise<AccessToken> {
    if (lease.login !== undefined) {
      // The login in progress serves as the forced one: its result would be the same.
      forced?.tried.add(recipe.key);
      return lease.login;
    }
    const nowMs = Date.now();
    const isForced =
      forced !== undefined && !forced.tried.has(recipe.key) && nowMs - lease.forcedAtMs >= forced.spacingMs;
    if (isForced) {
      forced.tried.add(recipe.key);
      lease.forcedAtMs = nowMs;
    }
    const pause = isForced ? undefined : lease.errorAt(nowMs);
    if (pause === undefined) return this.#occupy(lease, () => this.#obtain(recipe, lease, isForced, current));
    if (nowMs < lease.askAgainAtMs) return Promise.reject(pause);
    lease.askAgainAtMs = nowMs + SECOND;
    return this.#occupy(lease, async () => {
      const record = await this.shared.find<HeldToken>(recipe.key);
      if (record?.held === undefined || !lease.accepts(record.held)) throw pause;
      return this.known.adopt(recipe.key, lease, { held: record.held, isProven: record.isProven ?? false });
    });
  }

  /** Joins the login in progress, or begins one. */
  #occupy(lease: Lease, begin: () => Promise<AccessToken>): Promise<AccessToken> {
    lease.login ??= begin().finally(() => {
      lease.login = undefined;
    });
    return lease.login;
  }

  /** Obtains a token from another replica, or by a login. */
  async #obtain(
    recipe: LoginRecipe,
    lease: Lease,
    isForced: boolean,
    current: string | undefined,
  ): Promise<AccessToken> {
    let isWonHere = false;
    const record = await this.shared.obtain<HeldToken>(recipe.key, {
      accepts: (held) => lease.accepts(held) && held.token !== current,
      refused: lease.refused,
      heedsPause: !isForced,
      onPause: (pause) => void lease.adoptPause(pause),
      login: () => {
        isWonHere = true;
        return this.attempts.attempt(recipe, lease);
      },
    });
    if (record.held === undefined) throw lease.adoptPause(record.pause);
    if (!isWonHere && HELD_TOKENS.isWatched) HELD_TOKENS.publish({ from: 'shared', held: record.held });
    return this.known.adopt(recipe.key, lease, record);
  }

  /**
   * Logs in for the next token, unless too many in a row were refused. Another replica may have
   * replaced or proven it meanwhile.
   */
  async #replace(recipe: LoginRecipe, lease: Lease, token: string): Promise<AccessToken> {
    await this.known.drop(recipe.key);
    if (lease.refusals < 2) return this.#obtain(recipe, lease, false, undefined);
    const record = await this.shared.find<HeldToken>(recipe.key);
    if (record?.held !== undefined && (record.isProven === true || record.held.token !== token)) {
      lease.refusals = 1;
      return this.#obtain(recipe, lease, false, undefined);
    }
    lease.refreshToken = undefined;
    if (record?.pause?.reason === 'token' && record.pause.untilMs > Date.now())
      lease.adoptPause(record.pause);
    else {
      lease.pauseAfterRefusals(Date.now());
      await this.attempts.sharePause(recipe, lease, 'token', freshTokenRefused(), { token });
    }
    this.#log.warn({ message: 'fresh token refused, backing off', model: recipe.model.name, help: REFUSED });
    throw freshTokenRefused();
  }

  /**
   * Renews a token that is still valid and remains in use meanwhile. If the login fails, its
   * back-off prevents the next call from trying immediately.
   */
  #renewEarly(recipe: LoginRecipe, lease: Lease, current: string): void {
    if (lease.login !== undefined || lease.errorAt(Date.now()) !== undefined) return;
    this.#log.log({ message: 'token renewal started', model: recipe.model.name });
    this.events.renewalBegan(recipe.model.name, 'early');
    this.#login(recipe, lease, undefined, current).catch(() => {
      // Logged and remembered by LoginAttempts; the caller has a token that still works.
    });
  }
}
