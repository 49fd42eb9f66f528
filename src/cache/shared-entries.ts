/** `shared`: with other replicas, through Redis. `memory`: within this process only. */
export type CacheState = 'shared' | 'memory';

/** An entry and its version. */
export interface SharedEntry {
  /** The parsed JSON value. */
  readonly value: unknown;
  /** Identifies this write of the entry. */
  readonly version: string;
}

/** An exclusive right among replicas, for a limited time. */
export interface SharedLock {
  /** Releases this lock, but never one that another replica acquired after it expired. */
  release(): Promise<void>;
}

/**
 * Entries that replicas share. Never throws and never blocks for long: when the store is unavailable, reads find
 * nothing and writes do nothing, so the caller continues on its own.
 */
export abstract class SharedEntries {
  abstract readonly state: CacheState;

  /** @param maxBytes longer entries are ignored; default: 256 KiB */
  abstract read(key: string, maxBytes?: number): Promise<SharedEntry | undefined>;

  /** @param ttlMs at least 1 */
  abstract write(key: string, value: unknown, ttlMs: number): Promise<void>;

  /**
   * Replaces an entry only if it has the given version.
   * @param version of the entry to replace; undefined = there must be none
   * @param value undefined removes the entry
   * @returns whether the entry was replaced
   */
  abstract replace(
    key: string,
    version: string | undefined,
    value: unknown,
    ttlMs?: number,
  ): Promise<boolean>;

  /** @param ttlMs the lock expires after this time if this replica dies */
  abstract lock(key: string, ttlMs: number): Promise<SharedLock | 'busy' | 'away'>;

  /** Calls the listener each time the store becomes available again. */
  abstract onReturn(listener: () => void): void;
}
