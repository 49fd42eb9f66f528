import { stat } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { GatewayLogger } from '../telemetry/log/gateway-logger.js';
import { MemoryStore } from './memory-store.js';
import { type UsageStore } from './usage-store.js';

export type StoreKind = 'memory' | 'file' | 'postgres';

/**
 * The store of usage records, opened at startup. A file that cannot be opened is replaced by
 * memory, with a warning. A file that was removed or replaced since then is opened again: SQLite
 * would go on writing to the old one, which nobody can read any more. An unreachable database is
 * tried again whenever the store is used.
 */
@Injectable()
export class StoreAccess {
  #kind: StoreKind;
  #opening: Promise<UsageStore> | undefined;
  /** The open file, by device and inode; undefined if the store is no file. */
  #openFile: string | undefined;
  #isClosed = false;

  constructor(
    private readonly config: GatewayConfig,
    private readonly logger: GatewayLogger,
  ) {
    const { store, filePath } = config.usage;
    this.#kind = store === undefined ? 'memory' : filePath === undefined ? 'postgres' : 'file';
    // In the background, so that neither the start nor a call waits for it.
    this.store().catch(() => undefined);
  }

  /** Changes only if a file cannot be opened. */
  get kind(): StoreKind {
    return this.#kind;
  }

  /** @throws Error while the store is not available */
  async store(): Promise<UsageStore> {
    const opening = this.#opening ?? this.#keep(this.#open());
    const known = this.#openFile;
    if (known === undefined || (await identityOf(this.config.usage.filePath!)) === known) return opening;
    // Another caller may have opened it meanwhile.
    if (this.#openFile === known && !this.#isClosed) void this.#keep(this.#reopen(opening));
    return this.#opening ?? opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const store = await this.#opening?.catch(() => undefined);
    await store?.close();
  }

  #keep(opening: Promise<UsageStore>): Promise<UsageStore> {
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #reopen(opened: Promise<UsageStore>): Promise<UsageStore> {
    this.#openFile = undefined;
    this.logger.warn({
      message: 'the file for usage was removed or replaced, the one that is there now is used',
      path: this.config.usage.filePath,
    });
    // Closing removes the additional files by their names, so they must not yet belong to the new file.
    await opened.then((store) => store.close()).catch(() => undefined);
    return this.#open();
  }

  async #open(): Promise<UsageStore> {
    if (this.#kind === 'memory') return new MemoryStore();
    if (this.#isClosed) throw new Error('the store was closed');
    try {
      return await this.#database();
    } catch (error) {
      if (this.#kind !== 'file') throw error;
      this.logger.warn({
        message: 'the file for usage cannot be opened, usage is kept in memory only, until this process ends',
        path: this.config.usage.filePath,
        reason: error instanceof Error ? error.message : 'unknown error',
        hint: 'usage.store can name a file elsewhere; left out, usage is kept in memory without this warning',
      });
      this.#kind = 'memory';
      return new MemoryStore();
    }
  }

  async #database(): Promise<UsageStore> {
    const { openStore } = await import('./store/open-store.js');
    const store = await openStore(this.config.usage);
    try {
      await store.migrate();
      const { filePath } = this.config.usage;
      if (filePath !== undefined) this.#openFile = await identityOf(filePath);
      return store;
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
  }
}

/** @returns undefined if there is no such file */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
