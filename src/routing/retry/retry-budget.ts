import { RecentClients } from '../../telemetry/availability/recent-clients.js';

/** Period over which calls and retries are compared. */
const WINDOW_MS = 10_000;
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;
/** Retries within the window that are always allowed, so that a quiet gateway retries, too. */
const RESERVE = 10;

/**
 * How many retries all calls together may send to failing deployments: a share of the calls of the
 * last ten seconds, and a small reserve. This bounds the extra traffic to a failing service. If
 * several clients call, none gets more than half of what the others leave.
 */
export class RetryBudget {
  readonly #calls = new Float64Array(SLICES);
  readonly #retries = new Float64Array(SLICES);
  /** Retries of each client, by slice; never more entries than retries. */
  readonly #byClient: (Map<string | undefined, number> | undefined)[] = [];
  readonly #clients = new RecentClients();
  #slice = 0;

  /** @param percent `retry.budget_percent` */
  constructor(private readonly percent: () => number) {}

  /**
   * Counts a call.
   * @param now milliseconds of a monotonic clock
   */
  called(now: number, client?: string): void {
    if (Math.floor(now / SLICE_MS) !== this.#slice) this.#turnTo(now);
    this.#calls[this.#slice % SLICES]!++;
    this.#clients.called(client, now);
  }

  hasRoom(now: number, client?: string): boolean {
    this.#turnTo(now);
    const room = RESERVE + (sum(this.#calls) * this.percent()) / 100;
    const spent = sum(this.#retries);
    if (spent + 1 > room) return false;
    if (this.#clients.isAlone(client, now, WINDOW_MS)) return true;
    let own = 0;
    for (const retries of this.#byClient) own += retries?.get(client) ?? 0;
    return own + 1 <= (room - (spent - own)) / 2;
  }

  spend(now: number, client?: string): void {
    this.#turnTo(now);
    const index = this.#slice % SLICES;
    this.#retries[index]!++;
    const retries = (this.#byClient[index] ??= new Map());
    retries.set(client, (retries.get(client) ?? 0) + 1);
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / SLICE_MS);
    if (slice === this.#slice) return;
    for (let next = Math.max(this.#slice + 1, slice - SLICES + 1); next <= slice; next++) {
      this.#calls[next % SLICES] = 0;
      this.#retries[next % SLICES] = 0;
      this.#byClient[next % SLICES] = undefined;
    }
    this.#slice = slice;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
