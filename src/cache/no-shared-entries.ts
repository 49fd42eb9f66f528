import { type CacheState, SharedEntries, type SharedEntry } from './shared-entries.js';

/** Shares nothing, because no Redis is configured. */
export class NoSharedEntries extends SharedEntries {
  readonly state: CacheState = 'memory';

  read(): Promise<SharedEntry | undefined> {
    return Promise.resolve(undefined);
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  replace(): Promise<boolean> {
    return Promise.resolve(false);
  }

  lock(): Promise<'away'> {
    return Promise.resolve('away');
  }

  onReturn(): void {}
}
