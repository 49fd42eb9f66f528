import { CallerLeftError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';

/**
 * One call's order to stop, given once: the caller left, or the process shuts down. Lighter than an
 * AbortController, whose creation alone showed up in profiles of the chat route.
 */
export class Cancellation {
  #reason: GatewayError | undefined;
  #onCancel: ((reason: GatewayError) => void) | undefined;
  #hasLeft = false;
  #onLeave: (() => void) | undefined;
  /** Set while a leaving caller does not end the call (`on_client_disconnect: finish`). */
  finishes = false;

  /** Why the call is to stop; undefined while it may go on. */
  get reason(): GatewayError | undefined {
    return this.#reason;
  }

  /** The call goes on to its end without its caller; only meaningful while `finishes`. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Nobody reads the response any more: the call ends, unless it finishes all the same. */
  leave(reason: CallerLeftError = new CallerLeftError()): void {
    if (!this.finishes) {
      this.cancel(reason);
      return;
    }
    this.#hasLeft = true;
    this.#onLeave?.();
  }

  /** Called when the client has left and the call goes on. */
  onLeave(listener: () => void): void {
    this.#onLeave = listener;
    if (this.#hasLeft) listener();
  }

  cancel(reason: GatewayError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#onCancel?.(reason);
  }

  /** Sets the one listener, in place of an earlier one; calls it at once if the call was cancelled before. */
  onCancel(listener: (reason: GatewayError) => void): void {
    this.#onCancel = listener;
    if (this.#reason !== undefined) listener(this.#reason);
  }

  /** Waits for work that others share: a cancellation ends the waiting, not the work. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.onCancel(reject);
      work.then(resolve, reject);
    });
  }
}
