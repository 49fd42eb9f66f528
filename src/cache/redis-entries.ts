import { randomUUID } from 'node:crypto';
import KeyvRedis from '@keyv/redis';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Keyv } from 'keyv';
import { EntryCipher } from './entry-cipher.js';
import { type RedisConnection } from './redis-connection.js';
import { type CacheState, SharedEntries, type SharedEntry, type SharedLock } from './shared-entries.js';

const PREFIX = 'llm-gateway:';
/**
 * The only entry whose name does not depend on the secret; it lets replicas detect that their
 * secrets differ.
 */
const KEY_CHECK = `${PREFIX}key-check`;
const KEY_CHECK_TTL_MS = 24 * 3_600_000;

/** Tokens and login pauses take a few kilobytes. */
const MAX_ENTRY_BYTES = 256 * 1024;
/** Tolerated clock difference between replicas. */
const CLOCK_SKEW_MS = 5000;

/** Sets or removes an entry if it is still the expected one; an empty text means "none". */
const REPLACE = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/** Encrypted entries in Redis, through cache-manager's Keyv store. */
export class RedisEntries extends SharedEntries implements OnApplicationShutdown {
  readonly #log = new Logger('TokenCache');
  readonly #cipher: EntryCipher;
  readonly #redis: RedisConnection;
  readonly #keyv: Keyv<string>;
  readonly #logged = new Set<string>();

  /** Resolves once the connection is up or has failed for the first time. */
  static async open(redis: RedisConnection, secret: string): Promise<RedisEntries> {
    const entries = new RedisEntries(redis, secret);
    await redis.open();
    return entries;
  }

  private constructor(redis: RedisConnection, secret: string) {
    super();
    this.#cipher = new EntryCipher(secret);
    this.#redis = redis;
    redis.onReady(() => void this.#compareKeys());
    // Keyv itself, because a cache around it would report a failed read as an absent entry.
    this.#keyv = new Keyv<string>(new KeyvRedis(this.#redis.client, { throwOnErrors: true }), {
      useKeyPrefix: false,
      throwOnErrors: true,
      serialize: ({ value }) => String(value),
      deserialize: (text) => ({ value: text as never }),
    });
    this.#keyv.namespace = undefined;
  }

  get state(): CacheState {
    return this.#redis.isHere ? 'shared' : 'memory';
  }

  async read(key: string, maxBytes?: number): Promise<SharedEntry | undefined> {
    const name = this.#nameOf('entry', key);
    const sealed = await this.#get(name, maxBytes);
    if (sealed === undefined) return undefined;
    const text = this.#cipher.open(name, sealed);
    // An unreadable entry is treated as absent; its version lets a new entry replace it.
    if (text === undefined) this.#logOnce('an entry in Redis cannot be read, ignoring it');
    return { value: text === undefined ? undefined : (JSON.parse(text) as unknown), version: sealed };
  }

  async write(key: string, value: unknown, ttlMs: number): Promise<void> {
    const name = this.#nameOf('entry', key);
    const sealed = this.#cipher.seal(name, JSON.stringify(value));
    await this.#redis.run(() => this.#keyv.set(name, sealed, Math.ceil(ttlMs)), false);
  }

  replace(key: string, version: string | undefined, value: unknown, ttlMs = 1): Promise<boolean> {
    const name = this.#nameOf('entry', key);
    const sealed = value === undefined ? '' : this.#cipher.seal(name, JSON.stringify(value));
    return this.#replace(name, version ?? '', sealed, ttlMs);
  }

  async lock(key: string, ttlMs: number): Promise<SharedLock | 'busy' | 'away'> {
    const name = this.#nameOf('lock', key);
    const holder = this.#cipher.seal(name, JSON.stringify({ id: randomUUID(), atMs: Date.now() }));
    const set = () =>
      this.#redis.client.set(name, holder, { condition: 'NX', expiration: { type: 'PX', value: ttlMs } });
    // A second round, in case the lock was released between the two commands.
    for (let round = 1; round <= 2; round++) {
      const reply = await this.#redis.run<unknown, 'away'>(set, 'away');
      if (reply === 'away') return 'away';
      if (reply === 'OK') return { release: async () => void (await this.#replace(name, holder, '', 1)) };
      const found = await this.#get(name);
      if (found !== undefined) return this.#isHeld(name, found, ttlMs) ? 'busy' : 'away';
    }
    return 'away';
  }

  onReturn(listener: () => void): void {
    this.#redis.onReturn(listener);
  }

  onApplicationShutdown(): void {
    this.#redis.close();
  }

  /**
   * Reads no more than the maximum size of an entry, because other programs may write to Redis as
   * well.
   */
  async #get(name: string, maxBytes = MAX_ENTRY_BYTES): Promise<string | undefined> {
    const get = (): Promise<unknown> => this.#redis.client.getRange(name, 0, maxBytes);
    const value = await this.#redis.run(get, undefined);
    if (typeof value !== 'string' || value === '') return undefined;
    if (value.length <= maxBytes) return value;
    this.#logOnce('an entry in Redis is too large, ignoring it');
    return undefined;
  }

  /**
   * Whether a replica with the same encryption key holds the lock; a forged or unlimited lock is
   * ignored.
   */
  #isHeld(name: string, sealed: string, ttlMs: number): boolean {
    const text = this.#cipher.open(name, sealed);
    if (text === undefined) return false;
    const { atMs } = JSON.parse(text) as { readonly atMs: number };
    return Math.abs(Date.now() - atMs) < ttlMs + CLOCK_SKEW_MS;
  }

  #replace(name: string, from: string, to: string, ttlMs: number): Promise<boolean> {
    const options = { keys: [name], arguments: [from, to, String(Math.ceil(ttlMs))] };
    return this.#redis.run(async () => (await this.#redis.client.eval(REPLACE, options)) === 1, false);
  }

  #nameOf(kind: 'entry' | 'lock', key: string): string {
    return PREFIX + this.#cipher.nameOf(kind, key);
  }

  /**
   * Detects differing secrets explicitly: with another secret, names differ too, so no decryption
   * would ever fail.
   */
  async #compareKeys(): Promise<void> {
    const found = await this.#redis.run(() => this.#keyv.get(KEY_CHECK), undefined);
    if (found !== undefined && this.#cipher.open(KEY_CHECK, found) === undefined) {
      this.#logOnce(
        'another encryption_key is in use on this Redis, tokens are not shared with its replicas',
      );
      return;
    }
    const sealed = this.#cipher.seal(KEY_CHECK, 'llm-gateway');
    await this.#replace(KEY_CHECK, found ?? '', sealed, KEY_CHECK_TTL_MS);
  }

  #logOnce(message: string): void {
    if (this.#logged.has(message)) return;
    this.#logged.add(message);
    this.#log.warn({ message });
  }
}
