import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { ApiClient } from './api-client.js';

const ANYONE = new ApiClient('anyone');

/**
 * The configured keys as SHA-256 digests in a Map. A digest cannot be steered by whoever sends the key, so the time
 * that the look-up takes tells nothing, and 100,000 keys cost what one costs.
 */
@Injectable()
export class ApiKeys {
  readonly #byDigest: ReadonlyMap<string, ApiClient>;
  readonly isOpen: boolean;

  constructor({ auth }: GatewayConfig) {
    this.isOpen = !auth.enabled;
    this.#byDigest = new Map(
      auth.api_keys.map((key) => [key.key_sha256, new ApiClient(key.name, key.models)]),
    );
  }

  /** @returns undefined for a key that is not configured */
  find(key: string): ApiClient | undefined {
    if (this.isOpen) return ANYONE;
    return this.#byDigest.get(hash('sha256', key, 'hex'));
  }
}
