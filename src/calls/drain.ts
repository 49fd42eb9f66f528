import { type CanActivate, Injectable } from '@nestjs/common';
import { ShuttingDownError } from '../errors/server-errors.js';
import { RunningCalls } from './running-calls.js';

/**
 * How long a drain waits for requests that are still being received, when it waits for nothing
 * else.
 */
const LAST_UPLOAD_MS = 500;
/** How often the running calls are checked meanwhile. */
const LOOK_MS = 100;

/**
 * `draining` begins with the signal: not ready, but still serving. `closed` follows after the
 * delay: new calls are refused.
 */
export type DrainPhase = 'serving' | 'draining' | 'closed';

/** Ends the work of the process: done when the last call has ended, or after the grace period. */
@Injectable()
export class Drain {
  #phase: DrainPhase = 'serving';
  readonly #onBegun: (() => void)[] = [];

  constructor(private readonly running: RunningCalls) {}

  get phase(): DrainPhase {
    return this.#phase;
  }

  /** Whether responses ask clients to close their connections. */
  get hasBegun(): boolean {
    return this.#phase !== 'serving';
  }

  /** Calls the listener when the drain begins, for work that should not wait until its end. */
  onBegun(listener: () => void): void {
    this.#onBegun.push(listener);
  }

  /**
   * Runs the whole drain; settles when no call is left.
   * @param delaySeconds,graceSeconds from `server.shutdown_*`
   */
  async run(delaySeconds: number, graceSeconds: number): Promise<void> {
    this.#phase = 'draining';
    for (const listener of this.#onBegun) listener();
    if (delaySeconds > 0) await new Promise((resolve) => setTimeout(resolve, delaySeconds * 1000));
    this.#phase = 'closed';
    await this.#calls(performance.now() + graceSeconds * 1000);
    this.running.cancelAll(() => new ShuttingDownError());
  }

  /**
   * Waits for the running calls, but only for `LAST_UPLOAD_MS` while all of them are still being
   * received.
   */
  async #calls(untilMs: number): Promise<void> {
    let uploadsUntilMs: number | undefined;
    while (this.running.count > 0) {
      const now = performance.now();
      uploadsUntilMs = this.running.areUploads ? (uploadsUntilMs ?? now + LAST_UPLOAD_MS) : undefined;
      const leftMs = Math.min(untilMs, uploadsUntilMs ?? Infinity) - now;
      if (leftMs <= 0) return;
      await this.running.whenOneEnds(Math.min(leftMs, LOOK_MS));
    }
  }
}

/** Refuses new calls once the drain phase is `closed`. */
@Injectable()
export class DrainGuard implements CanActivate {
  constructor(private readonly drain: Drain) {}

  canActivate(): boolean {
    if (this.drain.phase === 'closed') throw new ShuttingDownError();
    return true;
  }
}
