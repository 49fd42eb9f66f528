import { CallerLeftError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';

/** What can be ended before its end. After its end, `abort` does nothing. */
export interface Abortable {
  abort(reason: GatewayError): void;
}

/**
 * One call's order to stop, given once: the caller left, or the process shuts down. Lighter than an
 * AbortController, whose creation alone showed up in profiles of the chat route.
 */
export class Cancellation {
  #reason: GatewayError | undefined;
  #work: Abortable | undefined;
  #waiting: Set<(reason: GatewayError) => void> | undefined;
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
    this.#work?.abort(reason);
    for (const listener of this.#waiting ?? []) listener(reason);
  }

  /**
   * Aborts this work if the call is cancelled; at once if it was before. A call has one exchange at a time: the work
   * that was attached before has ended.
   */
  attach(work: Abortable): void {
    this.#work = work;
    if (this.#reason !== undefined) work.abort(this.#reason);
  }

  /**
   * Calls back if the call is cancelled while it waits for something; at once if it was before.
   * @returns what to call when the waiting is over
   */
  whileWaiting(listener: (reason: GatewayError) => void): () => void {
    if (this.#reason !== undefined) listener(this.#reason);
    const waiting = (this.#waiting ??= new Set());
    waiting.add(listener);
    return () => void waiting.delete(listener);
  }

  /** Waits for work that others share: a cancellation ends the waiting, not the work. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = this.whileWaiting(reject);
      work.then(
        (value) => {
          stop();
          resolve(value);
        },
        (error: unknown) => {
          stop();
          reject(error as Error);
        },
      );
    });
  }
}
