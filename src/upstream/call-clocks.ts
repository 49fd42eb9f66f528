import { type TimeoutsConfig } from '../config/settings.js';

export type ClockName = 'connect_timeout' | 'first_byte_timeout' | 'idle_timeout' | 'total_timeout';

/**
 * The four timeouts of one model call. `connect` runs until the connection is open; `first byte`
 * until the first real event (streams only, because a plain response arrives all at once); `idle`
 * between the bytes of a stream, only while the gateway waits for the upstream; `total` over
 * everything. A setting of 0 seconds disables a timeout.
 */
export class CallClocks {
  #isConnected = false;
  #firstByte: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  /**
   * At first the timer of `connect`: a call that ends before that timer expires needs no second
   * one.
   */
  #total: NodeJS.Timeout | undefined;

  constructor(
    private readonly timeouts: TimeoutsConfig,
    private isStream: boolean,
    private readonly onExpiry: (clock: ClockName) => void,
  ) {
    const { connect_seconds: connect, total_seconds: total } = timeouts;
    if (connect > 0 && (total === 0 || connect < total))
      this.#total = setTimeout(() => this.#connectExpired(), connect * 1000);
    else this.#total = this.#start('total_timeout', total);
    if (isStream) this.#firstByte = this.#start('first_byte_timeout', timeouts.first_byte_seconds);
  }

  connected(): void {
    this.#isConnected = true;
  }

  firstByte(): void {
    clearTimeout(this.#firstByte);
  }

  /**
   * Call this when the response is a stream although none was requested: `idle` then applies to it.
   */
  streams(): void {
    if (this.isStream) return;
    this.isStream = true;
    this.waiting();
  }

  /** Call this when bytes have arrived, or there is room for more: the idle timeout restarts. */
  waiting(): void {
    if (!this.isStream) return;
    if (this.#idle === undefined) this.#idle = this.#start('idle_timeout', this.timeouts.idle_seconds);
    else this.#idle.refresh();
  }

  /** Call this when the upstream is paused because the client reads slowly: it is not idle then. */
  paused(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  stop(): void {
    clearTimeout(this.#firstByte);
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
  }

  #connectExpired(): void {
    const { connect_seconds: connect, total_seconds: total } = this.timeouts;
    if (!this.#isConnected) this.onExpiry('connect_timeout');
    else if (total > 0) this.#total = this.#start('total_timeout', total - connect);
  }

  #start(clock: ClockName, seconds: number): NodeJS.Timeout | undefined {
    return seconds > 0 ? setTimeout(this.onExpiry, seconds * 1000, clock) : undefined;
  }
}
