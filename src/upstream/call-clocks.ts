import { type TimeoutsConfig } from '../config/settings.js';

export type ClockName = 'connect_timeout' | 'first_byte_timeout' | 'idle_timeout' | 'total_timeout';

/**
 * The four timeouts of one model call. `connect` runs until the connection is open; `first byte` until the
 * first real event (streams only, since a plain response arrives all at once); `idle` between the bytes of a
 * stream, only while the gateway waits for the upstream; `total` over everything. A setting of 0 seconds
 * disables a timeout.
 */
export class CallClocks {
  #connect: NodeJS.Timeout | undefined;
  #firstByte: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #total: NodeJS.Timeout | undefined;

  constructor(
    private readonly timeouts: TimeoutsConfig,
    private readonly isStream: boolean,
    private readonly onExpiry: (clock: ClockName) => void,
  ) {
    this.#total = this.#start('total_timeout', timeouts.total_seconds);
    if (isStream) this.#firstByte = this.#start('first_byte_timeout', timeouts.first_byte_seconds);
  }

  /** Queued in the pool, not sent yet; even an idle connection takes one turn of the event loop to be reused. */
  connecting(): void {
    this.#connect = this.#start('connect_timeout', this.timeouts.connect_seconds);
  }

  connected(): void {
    clearTimeout(this.#connect);
  }

  firstByte(): void {
    clearTimeout(this.#firstByte);
  }

  /** Bytes arrived, or there is room for more: the idle timeout starts anew. */
  waiting(): void {
    if (!this.isStream) return;
    if (this.#idle === undefined) this.#idle = this.#start('idle_timeout', this.timeouts.idle_seconds);
    else this.#idle.refresh();
  }

  /** The upstream is paused because the client reads slowly: it is not idle. */
  paused(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  stop(): void {
    clearTimeout(this.#connect);
    clearTimeout(this.#firstByte);
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
  }

  #start(clock: ClockName, seconds: number): NodeJS.Timeout | undefined {
    return seconds > 0 ? setTimeout(this.onExpiry, seconds * 1000, clock) : undefined;
  }
}
