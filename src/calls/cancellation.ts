import { CallerLeftError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';

/** Work that can be aborted. Once it has ended, `abort` does nothing. */
export interface Abortable {
  abort(reason: GatewayError): void;
}

/**
 * Cancels one call, once: its client disconnected, or the process is shutting down. Lighter than an
 * AbortController, whose creation alone showed up in profiles of the chat route.
 */
export class Cancellation {
  #reason: GatewayError | undefined;
  #work: Abortable | undefined;
  #waiting: Set<(reason: GatewayError) => void> | undefined;
  #hasLeft = false;
  #onLeave: (() => void) | undefined;
  /** Set if a call continues after its client has disconnected (`on_client_disconnect: finish`). */
  finishes = false;

  /** Why the call was cancelled; undefined if it was not. */
  get reason(): GatewayError | undefined {
    return this.#reason;
  }

  /** Whether the client has disconnected and the call continues; possible only with `finishes`. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /**
   * Call this when the client has disconnected: cancels the call unless it is to finish all the
   * same.
   */
  leave(reason: CallerLeftError = new CallerLeftError()): void {
    if (!this.finishes) {
      this.cancel(reason);
      return;
    }
    this.#hasLeft = true;
    this.#onLeave?.();
  }

  /** Calls the listener when the client disconnects and the call continues. */
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
   * Aborts `work` if the call is cancelled, at once if it already is. A call does one piece of work
   * at a time: earlier work has ended.
   */
  attach(work: Abortable): void {
    this.#work = work;
    if (this.#reason !== undefined) work.abort(this.#reason);
  }

  /**
   * Calls the listener if the call is cancelled during a wait, at once if it already is.
   * @returns a function to call when the wait is over
   */
  whileWaiting(listener: (reason: GatewayError) => void): () => void {
    if (this.#reason !== undefined) listener(this.#reason);
    const waiting = (this.#waiting ??= new Set());
    waiting.add(listener);
    return () => void waiting.delete(listener);
  }

  /**
   * Waits.
   * @throws the reason if the call is cancelled meanwhile
   */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        resolve();
      }, ms);
      const stop = this.whileWaiting((reason) => {
        clearTimeout(timer);
        reject(reason);
      });
    });
  }

  /** Waits for work that other calls share: a cancellation ends the wait, not the work. */
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
