import { type TimeoutsConfig } from '../config/settings.js';

export type ClockName = 'connect_timeout' | 'first_byte_timeout' | 'idle_timeout' | 'total_timeout';

/**
 * The four clocks of one model call. `connect` runs until the connection is open; `first byte` (streams only, since
 * a plain answer's first byte is the whole answer) until the first real event; `idle` between bytes of a stream and
 * only while we wait for the upstream; `total` over everything. A setting of 0 seconds switches a clock off.
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

  /** Handed to the pool, and not sent yet: also a connection that is free takes a turn of the loop to be used again. */
  connecting(): void {
    this.#connect = this.#start('connect_timeout', this.timeouts.connect_seconds);
  }

  connected(): void {
    clearTimeout(this.#connect);
  }

  firstByte(): void {
    clearTimeout(this.#firstByte);
  }

  /** Bytes came, or we are ready for more of them: the idle clock starts anew. */
  waiting(): void {
    if (!this.isStream) return;
    if (this.#idle === undefined) this.#idle = this.#start('idle_timeout', this.timeouts.idle_seconds);
    else this.#idle.refresh();
  }

  /** The upstream is held back because the caller reads slowly: that is not its idleness. */
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
