import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type AuthConfig } from '../config/settings.js';
import { LiveConfig, type Derived } from '../config/live-config.js';
import { ApiClient } from './api-client.js';

/** Without authentication, every client is an admin. */
const ANYONE = new ApiClient('anyone', undefined, true);

/**
 * The configured keys as SHA-256 digests in a Map. A client cannot control the digest of its key, so lookup time reveals
 * nothing about valid keys. The cost does not grow with the number of keys.
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

function clientsByDigest({ api_keys: keys }: AuthConfig): ReadonlyMap<string, ApiClient> {
  const areAdminsSet = keys.some(({ admin }) => admin !== undefined);
  return new Map(
    keys.map(({ key_sha256: digest, name, models, admin }) => [
      digest,
      new ApiClient(name, models, areAdminsSet ? admin === true : undefined),
    ]),
  );
}
