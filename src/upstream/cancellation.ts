import { type GatewayError } from '../errors/gateway-error.js';

/**
 * One call's order to stop, given once: the caller left, or the process shuts down. Lighter than an
 * AbortController, whose creation alone showed up in profiles of the chat route.
 */
export class Cancellation {
  /** Where the drain keeps it, while it runs. */
  place = -1;
  #reason: GatewayError | undefined;
  #onCancel: ((reason: GatewayError) => void) | undefined;

  /** Why the call is to stop; undefined while it may go on. */
  get reason(): GatewayError | undefined {
    return this.#reason;
  }

  cancel(reason: GatewayError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#onCancel?.(reason);
  }

  /** Whoever is waiting now hears of it, the latest one only; at once if it was cancelled before. */
  onCancel(listener: (reason: GatewayError) => void): void {
    this.#onCancel = listener;
    if (this.#reason !== undefined) listener(this.#reason);
  }

  /** Waits for work that others share: a cancellation ends the waiting, not the work. */
  async race<T>(work: Promise<T>): Promise<T> {
    if (this.#reason !== undefined) throw this.#reason;
    return new Promise<T>((resolve, reject) => {
      this.onCancel(reject);
      work.then(resolve, reject);
    });
  }
}
