/** `shared`: with the other replicas, through Redis. `memory`: each process for itself. */
export type CacheState = 'shared' | 'memory';

/** What was found, and which writing of it. */
export interface SharedEntry {
  /** As JSON brings it. */
  readonly value: unknown;
  /** Tells this writing of the entry from every other. */
  readonly version: string;
}

/** The right to be the only replica that does something, for a while. */
export interface SharedLock {
  /** Gives back this lock, and never one that another replica got after it had expired. */
  release(): Promise<void>;
}

/**
 * What replicas share. Never throws and never makes anybody wait long: when the store is away, reading finds nothing,
 * writing does nothing, and whoever asks goes on alone.
 */
export abstract class SharedEntries {
  abstract readonly state: CacheState;

  abstract read(key: string): Promise<SharedEntry | undefined>;

  /** @param ttlMs at least 1 */
  abstract write(key: string, value: unknown, ttlMs: number): Promise<void>;

  /**
   * Writes only over what the caller knows.
   * @param version of the entry that is to go; undefined = there must be none
   * @param value undefined removes the entry
   * @returns whether it was done
   */
  abstract replace(
    key: string,
    version: string | undefined,
    value: unknown,
    ttlMs?: number,
  ): Promise<boolean>;

  /** @param ttlMs when it ends by itself, should this replica die */
  abstract lock(key: string, ttlMs: number): Promise<SharedLock | 'busy' | 'away'>;

  /** Calls back each time the store can be used again after it could not. */
  abstract onReturn(listener: () => void): void;
}
