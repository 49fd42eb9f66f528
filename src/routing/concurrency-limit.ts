import { type LimitsConfig } from '../config/limits.config.js';
import { QueueFullError } from '../errors/caller-errors.js';
import { type Cancellation } from '../upstream/cancellation.js';

interface Waiting {
  readonly admit: () => void;
}

/** How many calls of one model run at once, and who waits for a place, first come first served. */
export class ConcurrencyLimit {
  #running = 0;
  #maxConcurrent: number;
  readonly #queue = new Set<Waiting>();

  /** @param maxConcurrent 0 = any number */
  constructor(
    private readonly model: string,
    maxConcurrent: number,
  ) {
    this.#maxConcurrent = maxConcurrent;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** A reload may change it while calls run and wait. Those for whom there is room now are let in. */
  set maxConcurrent(maxConcurrent: number) {
    this.#maxConcurrent = maxConcurrent;
    this.#admit();
  }

  /** Takes a place if there is one and nobody waits for it. `leave` gives it back. */
  enter(): boolean {
    if (this.#queue.size > 0 || !this.#hasRoom()) return false;
    this.#running++;
    return true;
  }

  /**
   * Waits for a place.
   * @throws QueueFullError when too many wait already, or the wait is over; GatewayError when cancelled
   */
  async wait({ max_queued, max_queue_seconds }: LimitsConfig, cancellation: Cancellation): Promise<void> {
    if (this.#queue.size >= max_queued) throw new QueueFullError(this.model, false);
    let timer: NodeJS.Timeout | undefined;
    let waiting: Waiting | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiting = { admit: resolve };
        this.#queue.add(waiting);
        timer = setTimeout(() => reject(new QueueFullError(this.model, true)), max_queue_seconds * 1000);
        cancellation.onCancel(reject);
      });
    } catch (error) {
      // Refused and admitted in one turn: the place goes to the next one.
      if (waiting !== undefined && !this.#queue.delete(waiting)) this.leave();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  leave(): void {
    this.#running--;
    this.#admit();
  }

  #hasRoom(): boolean {
    return this.#maxConcurrent === 0 || this.#running < this.#maxConcurrent;
  }

  #admit(): void {
    while (this.#queue.size > 0 && this.#hasRoom()) {
      const [next] = this.#queue;
      this.#queue.delete(next!);
      this.#running++;
      next!.admit();
    }
  }
}
