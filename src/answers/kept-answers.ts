import { isUtf8 } from 'node:buffer';
import { Injectable } from '@nestjs/common';
import { type Cache, createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { SharedEntries } from '../cache/shared-entries.js';
import { GatewayConfig } from '../config/gateway.config.js';
import { BoundedStore } from './bounded-store.js';

/** Longer responses are not cached. */
export const MOST_KEPT_BYTES = 1024 * 1024;
/** Encryption and base64 add a third, and JSON's escapes up to the size of the body. */
const MOST_SHARED_BYTES = 3 * MOST_KEPT_BYTES;

/** A cached response, as its client received it. */
export interface KeptAnswer {
  readonly contentType: string;
  readonly body: Buffer;
  /** Names of the fields that were lost in translation. */
  readonly dropped: readonly string[];
  /** Milliseconds since 1970. */
  readonly storedAtMs: number;
}

/**
 * Responses for repeated requests: in Redis if replicas share one, otherwise in the memory of this
 * process, up to `cache.answers_limit`.
 */
@Injectable()
export class KeptAnswers {
  readonly #memory: Cache;

  constructor(
    config: GatewayConfig,
    private readonly shared: SharedEntries,
  ) {
    // Entries are stored as objects, because serialising would copy each.
    const store = new BoundedStore(config.cache.answers_limit);
    this.#memory = createCache({
      stores: [new Keyv({ store, serialize: undefined, deserialize: undefined })],
    });
  }

  /** @param maxAgeMs after a reload, may be less than the time for which the response was stored */
  async find(key: string, maxAgeMs: number): Promise<KeptAnswer | undefined> {
    const kept =
      this.shared.state === 'shared'
        ? answerOf((await this.shared.read(nameOf(key), MOST_SHARED_BYTES))?.value)
        : await this.#memory.get<KeptAnswer>(key);
    if (kept === undefined || Date.now() - kept.storedAtMs >= maxAgeMs) return undefined;
    return kept;
  }

  /** Stores a response for `ttlMs`. Never fails: if the store is unavailable, nothing is stored. */
  async keep(key: string, answer: KeptAnswer, ttlMs: number): Promise<void> {
    if (this.shared.state !== 'shared') {
      await this.#memory.set(key, answer, ttlMs);
      return;
    }
    if (!isUtf8(answer.body)) return;
    const { contentType, body, dropped, storedAtMs } = answer;
    await this.shared.write(nameOf(key), { contentType, text: body.toString(), dropped, storedAtMs }, ttlMs);
  }
}

function nameOf(key: string): string {
  return `answer:${key}`;
}

/** Reads an entry that another replica wrote, perhaps in another version. */
function answerOf(value: unknown): KeptAnswer | undefined {
  const { contentType, text, dropped = [], storedAtMs } = (value ?? {}) as Record<string, unknown>;
  if (typeof contentType !== 'string' || typeof text !== 'string' || typeof storedAtMs !== 'number')
    return undefined;
  if (!Array.isArray(dropped) || !dropped.every((name) => typeof name === 'string')) return undefined;
  return { contentType, body: Buffer.from(text), dropped, storedAtMs };
}
