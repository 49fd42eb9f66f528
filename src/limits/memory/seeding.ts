import { type MemoryLimiter } from './memory-limiter.js';
import { type SpendSeeds } from './spend-seeds.js';

const RETRY_MS = 2000;

/** Gives budgets their past spending; a store that is unavailable is asked again until it is read. */
export class Seeding {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limiter: MemoryLimiter,
    private readonly seeds: SpendSeeds,
    private readonly retryMs = RETRY_MS,
  ) {}

  /** Settles after the first attempt; never rejects. */
  async begin(): Promise<void> {
    const isRead = await this.limiter.seed(this.seeds);
    clearTimeout(this.#timer);
    if (!isRead && !this.seeds.isEnded)
      this.#timer = setTimeout(() => void this.begin(), this.retryMs).unref();
  }
}
