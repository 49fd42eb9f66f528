import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import { type Cache } from 'cache-manager';
import { type AccessToken } from '../login-answer.js';
import { type LoginRecipe } from '../login-recipe.js';
import { type TokenState } from '../../token-state.js';
import { type HeldToken, Lease } from './lease.js';
import { type Holding, SharedTokens } from './shared-tokens.js';

/**
 * What this process knows about each account's token: the token in cache-manager, and its lease. When the
 * shared cache returns after a failure, both agree with the other replicas again.
 */
@Injectable()
export class KnownTokens {
  readonly #leases = new Map<string, Lease>();

  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly shared: SharedTokens,
  ) {
    shared.onReturn(() => {
      for (const [key, lease] of this.#leases) void this.#settle(key, lease);
    });
  }

  leaseOf(recipe: LoginRecipe): Lease {
    let lease = this.#leases.get(recipe.key);
    if (lease === undefined) {
      lease = new Lease();
      this.#leases.set(recipe.key, lease);
    }
    return lease;
  }

  /** The state of a recipe's token, as far as this process knows. Does not ask other replicas. */
  stateOf(recipe: LoginRecipe): TokenState {
    return (this.#leases.get(recipe.key) ?? new Lease()).stateAt(Date.now(), recipe.model);
  }

  /** The token in the cache; undefined if there is none, or its lease no longer accepts it. */
  async find(recipe: LoginRecipe, lease: Lease): Promise<HeldToken | undefined> {
    const held = await this.cache.get<HeldToken>(recipe.key);
    if (held === undefined || !lease.accepts(held)) return undefined;
    lease.current ??= held.token;
    lease.validUntilMs = held.expiresAtMs;
    lease.refreshToken = held.refreshToken ?? lease.refreshToken;
    return held;
  }

  /** Puts a token into the cache and records it in its lease; the lease's pauses end. */
  async adopt(key: string, lease: Lease, { held, isProven }: Holding<HeldToken>): Promise<AccessToken> {
    // A ttl of 0 would mean no expiry.
    await this.cache.set(key, held, Math.max(1, held.expiresAtMs - Date.now()));
    if (lease.current !== held.token) lease.tokenCount++;
    lease.current = held.token;
    lease.validUntilMs = held.expiresAtMs;
    lease.refreshToken = held.refreshToken;
    lease.isProven = isProven;
    lease.refusals = Math.max(lease.refusals, held.refusalsBefore ?? 0);
    lease.provenBy = undefined;
    lease.refusedLogin.clear();
    lease.failingLogin.clear();
    if (isProven) lease.refusedToken.clear();
    return held;
  }

  /** Removes a token from the cache; its lease remains. */
  drop(key: string): Promise<boolean> {
    return this.cache.del(key);
  }

  /**
   * Applies a new configuration.
   * @param used keys of the recipes that are still in it; everything known about others is dropped
   * @param changed keys of recipes whose models have changed: the pauses of their logins end
   */
  async keepOnly(used: ReadonlySet<string>, changed: ReadonlySet<string>): Promise<void> {
    for (const [key, lease] of this.#leases) {
      if (!used.has(key)) {
        this.#leases.delete(key);
        await this.drop(key);
      } else if (changed.has(key)) lease.endPauses();
    }
  }

  async #settle(key: string, lease: Lease): Promise<void> {
    const held = await this.cache.get<HeldToken>(key);
    if (held === undefined || !lease.accepts(held)) return;
    const other = await this.shared.settle(key, { held, isProven: lease.isProven }, (it) =>
      lease.accepts(it),
    );
    // The held token may have been refused or renewed meanwhile.
    if (other !== undefined && lease.current === held.token && lease.accepts(held)) {
      await this.adopt(key, lease, other);
    }
  }
}
