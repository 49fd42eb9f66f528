import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { GatewayLogger } from '../telemetry/log/gateway-logger.js';
import { MemoryStore } from './memory-store.js';
import { type UsageStore } from './usage-store.js';

export type StoreKind = 'memory' | 'file' | 'postgres';

/**
 * The store of usage records, opened at startup. A file that cannot be opened is replaced by
 * memory, with a warning. An unreachable database is tried again whenever the store is used.
 */
@Injectable()
export class StoreAccess {
  /** Changes only if a file cannot be opened. */
  kind: StoreKind;
  #opening: Promise<UsageStore> | undefined;
  #isClosed = false;

  constructor(
    private readonly config: GatewayConfig,
    private readonly logger: GatewayLogger,
  ) {
    const { store, filePath } = config.usage;
    this.kind = store === undefined ? 'memory' : filePath === undefined ? 'postgres' : 'file';
    // In the background, so that neither the start nor a call waits for it.
    this.store().catch(() => undefined);
  }

  /** @throws Error while the store is not available */
  store(): Promise<UsageStore> {
    if (this.#opening === undefined) {
      const opening = this.#open();
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const store = await this.#opening?.catch(() => undefined);
    await store?.close();
  }

  async #open(): Promise<UsageStore> {
    if (this.kind === 'memory') return new MemoryStore();
    if (this.#isClosed) throw new Error('the store was closed');
    try {
      return await this.#database();
    } catch (error) {
      if (this.kind !== 'file') throw error;
      this.logger.warn({
        message: 'the file for usage cannot be opened, usage is kept in memory only, until this process ends',
        path: this.config.usage.filePath,
        reason: error instanceof Error ? error.message : 'unknown error',
        hint: 'usage.store can name a file elsewhere; left out, usage is kept in memory without this warning',
      });
      this.kind = 'memory';
      return new MemoryStore();
    }
  }

  async #database(): Promise<UsageStore> {
    const { openStore } = await import('./store/open-store.js');
    const store = await openStore(this.config.usage);
    try {
      await store.migrate();
      return store;
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
  }
}
