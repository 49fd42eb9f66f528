import { type LimitsConfig } from '../../config/settings.js';
import { QueueFullError } from '../../errors/caller-errors.js';
import { RecentClients } from '../../telemetry/availability/recent-clients.js';
import { type Cancellation } from '../../calls/cancellation.js';

/** How long after its last call a client still counts as competing for slots. */
const IN_USE_MS = 60_000;

interface Waiting {
  readonly admit: () => void;
  readonly refuse: (error: QueueFullError) => void;
}

/** The running and waiting calls of one client, while it has any. */
interface Share {
  readonly client: string | undefined;
  running: number;
  readonly waiting: Set<Waiting>;
  /** When it got its last slot, as a counter; higher is later. */
  servedAt: number;
}

/**
 * Limits how many calls of one model run at once, fair between clients: slots go to the clients in
 * turn, and to the calls of a client in their order. While several clients use the model, none of
 * them holds all of its slots (if there are several) or all of its queue. `undefined` as a client
 * is the gateway itself.
 */
export class ConcurrencyLimit {
  #running = 0;
  #queued = 0;
  #turn = 0;
  #maxConcurrent: number;
  /** Only clients with running or waiting calls; empty while there is no limit. */
  readonly #shares = new Map<string | undefined, Share>();
  readonly #clients = new RecentClients();

  /** @param maxConcurrent 0 = no limit */
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
    return this.#queued;
  }

  /** Whether a client other than this one waits for a slot. */
  isWantedByOthers(client?: string): boolean {
    if (this.#queued === 0) return false;
    for (const share of this.#shares.values()) {
      if (share.client !== client && share.waiting.size > 0) return true;
    }
    return false;
  }

  /**
   * A reload sets it while calls run and wait. Waiting calls for which there is room now are
   * admitted.
   */
  set maxConcurrent(maxConcurrent: number) {
    this.#maxConcurrent = maxConcurrent;
    this.#admit();
  }

  /** Takes a slot if there is one for this client; return it with `leave`. */
  enter(client?: string): boolean {
    if (this.#maxConcurrent === 0) {
      this.#running++;
      return true;
    }
    const now = performance.now();
    this.#clients.called(client, now);
    // A slot may have become free for a waiting call merely by the passage of time; this call takes
    // what is left.
    if (this.#queued > 0) this.#admit();
    const share = this.#shares.get(client);
    if (!this.#mayTake(client, share, now)) return false;
    this.#take(share ?? this.#open(client));
    return true;
  }

  /**
   * Waits for a slot. If the queue is full, it still takes a call of a client that uses the model
   * less than another, whose newest waiting call is refused instead.
   * @throws QueueFullError if the queue is full or the wait took too long
   * @throws GatewayError if the call is cancelled
   */
  async wait(
    { max_queued, max_queue_seconds }: LimitsConfig,
    cancellation: Cancellation,
    client?: string,
  ): Promise<void> {
    if (this.#queued >= max_queued && !this.#makeRoom(client)) throw new QueueFullError(this.model, false);
    const share = this.#shares.get(client) ?? this.#open(client);
    let timer: NodeJS.Timeout | undefined;
    let waiting: Waiting | undefined;
    let isAdmitted = false;
    let stopWaiting: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          isAdmitted = true;
          resolve();
        };
        waiting = { admit, refuse: reject };
        share.waiting.add(waiting);
        this.#queued++;
        timer = setTimeout(() => reject(new QueueFullError(this.model, true)), max_queue_seconds * 1000);
        stopWaiting = cancellation.whileWaiting(reject);
      });
    } catch (error) {
      // The call was refused and admitted in one turn, so the slot goes to the next call.
      if (isAdmitted) this.leave(client);
      else if (share.waiting.delete(waiting!)) {
        this.#queued--;
        this.#close(share);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      stopWaiting?.();
    }
  }

  /** @param client the client that took the slot */
  leave(client?: string): void {
    this.#running--;
    const share = this.#shares.size === 0 ? undefined : this.#shares.get(client);
    // A call that began while there was no limit belongs to no share.
    if (share !== undefined && share.running > 0) {
      share.running--;
      this.#close(share);
    }
    if (this.#queued > 0) this.#admit();
  }

  #mayTake(client: string | undefined, share: Share | undefined, now: number): boolean {
    if (this.#maxConcurrent === 0) return true;
    if (this.#running >= this.#maxConcurrent) return false;
    const isLast = this.#running === this.#maxConcurrent - 1;
    if (!isLast || share === undefined || share.running < this.#running || this.#running === 0) return true;
    // All running calls belong to this client: the last slot is for other clients, if there are
    // any.
    return this.#clients.isAlone(client, now, IN_USE_MS);
  }

  #take(share: Share): void {
    this.#running++;
    share.running++;
    share.servedAt = ++this.#turn;
  }

  #admit(): void {
    const now = performance.now();
    while (this.#queued > 0) {
      let next: Share | undefined;
      for (const share of this.#shares.values()) {
        if (share.waiting.size === 0 || !this.#mayTake(share.client, share, now)) continue;
        if (next === undefined || share.servedAt < next.servedAt) next = share;
      }
      if (next === undefined) return;
      const [first] = next.waiting;
      next.waiting.delete(first!);
      this.#queued--;
      this.#take(next);
      first!.admit();
    }
  }

  /**
   * Refuses the newest waiting call of the client with the most calls, if that client then still
   * has at least as many calls as this one.
   * @returns whether there is room now
   */
  #makeRoom(client: string | undefined): boolean {
    let largest: Share | undefined;
    for (const share of this.#shares.values()) {
      if (share.waiting.size > 0 && (largest === undefined || sizeOf(share) > sizeOf(largest)))
        largest = share;
    }
    const own = this.#shares.get(client);
    if (largest === undefined || sizeOf(largest) <= (own === undefined ? 0 : sizeOf(own)) + 1) return false;
    const newest = [...largest.waiting].at(-1)!;
    largest.waiting.delete(newest);
    this.#queued--;
    newest.refuse(new QueueFullError(this.model, false));
    this.#close(largest);
    return true;
  }

  #open(client: string | undefined): Share {
    const share: Share = { client, running: 0, waiting: new Set(), servedAt: 0 };
    this.#shares.set(client, share);
    return share;
  }

  #close(share: Share): void {
    if (share.running === 0 && share.waiting.size === 0) this.#shares.delete(share.client);
  }
}

function sizeOf({ running, waiting }: Share): number {
  return running + waiting.size;
}
