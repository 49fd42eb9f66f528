import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { GatewayLogger } from '../telemetry/log/gateway-logger.js';
import { StoreAccess } from './store-access.js';
import { codeOf } from './store-errors.js';

const DAY_MS = 24 * 3_600_000;
/** Yearly budgets need the sums of the year, even if calls are kept for a shorter time. */
const TOTALS_DAYS = 400;
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 3_600_000;
/** Pause between two slices, during which other writes can run. */
const PAUSE_MS = 50;

/** Deletes old calls in the background, in small slices. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  constructor(
    private readonly config: GatewayConfig,
    private readonly access: StoreAccess,
    private readonly logger: GatewayLogger,
  ) {}

  onApplicationBootstrap(): void {
    // Replicas that start together take turns.
    this.#schedule(FIRST_AFTER_MS * (1 + Math.random()));
  }

  onApplicationShutdown(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  /** @returns the number of deleted calls */
  async run(nowMs = Date.now()): Promise<number> {
    const { retention_days: days } = this.config.usage;
    const store = await this.access.store();
    let deleted = 0;
    for (;;) {
      const count = this.#isEnded ? 0 : await store.deleteCalls(nowMs - days * DAY_MS);
      if (count === 0) break;
      deleted += count;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    if (!this.#isEnded) await store.foldTotals(nowMs - Math.max(days, TOTALS_DAYS) * DAY_MS);
    if (deleted > 0) this.logger.log({ message: 'old usage deleted', calls: deleted, retention_days: days });
    return deleted;
  }

  #schedule(afterMs: number): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => {
      void this.run()
        .catch((error: unknown) =>
          this.logger.warn({
            message: 'old usage cannot be deleted now, it is tried again in an hour',
            error_code: codeOf(error),
          }),
        )
        .finally(() => this.#schedule(EVERY_MS));
    }, afterMs).unref();
  }
}
