import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type AuthConfig, type KeyLimitsConfig } from '../config/auth.config.js';
import { LiveConfig, type Derived } from '../config/live-config.js';
import { type LimitScope } from './limit-scope.js';
import { ApiClient } from './api-client.js';

/** Without authentication, every client is an admin. */
const ANYONE = new ApiClient('anyone', { isAdmin: true });

/**
 * The configured keys, as SHA-256 digests in a Map. A client cannot choose the digest of its key,
 * so the lookup time reveals nothing about valid keys. The cost does not grow with the number of
 * keys.
 */
@Injectable()
export class ApiKeys {
  readonly #byDigest: Derived<ReadonlyMap<string, ApiClient>>;

  constructor(private readonly live: LiveConfig) {
    this.#byDigest = live.derive(({ auth }) => clientsByDigest(auth));
  }

  get isOpen(): boolean {
    return !this.live.current.auth.enabled;
  }

  /** @returns undefined for a key that is not configured */
  find(key: string): ApiClient | undefined {
    if (this.isOpen) return ANYONE;
    return this.#byDigest.value.get(hash('sha256', key, 'hex'));
  }
}

function clientsByDigest({ api_keys: keys, teams }: AuthConfig): ReadonlyMap<string, ApiClient> {
  const areAdminsSet = keys.some(({ admin }) => admin !== undefined);
  const ofTeams = new Map(teams.map(({ name, limits }) => [name, scopeOf('team', name, limits)]));
  const ofKeys = new Map<string, LimitScope | undefined>();
  return new Map(
    keys.map(({ key_sha256: digest, name, models, admin, team, limits, expiresAtMs }) => {
      // Keys with the same name belong to one client.
      if (!ofKeys.has(name)) ofKeys.set(name, scopeOf('key', name, limits, team));
      const scopes = [ofKeys.get(name), team === undefined ? undefined : ofTeams.get(team)];
      const isAdmin = areAdminsSet ? admin === true : undefined;
      const client = new ApiClient(name, {
        models,
        isAdmin,
        team,
        limits,
        expiresAtMs,
        scopes: scopes.filter((scope) => scope !== undefined),
      });
      return [digest, client];
    }),
  );
}

function scopeOf(
  kind: LimitScope['kind'],
  name: string,
  limits?: KeyLimitsConfig,
  team?: string,
): LimitScope | undefined {
  return limits === undefined ? undefined : { kind, name, limits, team };
}
