import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { ShuttingDownError } from '../errors/server-errors.js';

/** Something that runs and can be told to stop. */
export interface RunningCall {
  cancel(reason: GatewayError): void;
}

export type DrainPhase = 'serving' | 'leaving' | 'refusing';

/**
 * How the process takes leave: `leaving` as soon as it is told to (not ready, but serving), `refusing` after the
 * delay (new calls are turned away), and over when the last call has ended or the grace period has.
 */
@Injectable()
export class Drain {
  #phase: DrainPhase = 'serving';
  readonly #running = new Set<RunningCall>();
  #onIdle: (() => void) | undefined;

  get phase(): DrainPhase {
    return this.#phase;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Counts a call as running until `done`. */
  begin(call: RunningCall): void {
    this.#running.add(call);
  }

  done(call: RunningCall): void {
    this.#running.delete(call);
    if (this.#running.size === 0) this.#onIdle?.();
  }

  /** Runs the whole of it; settles when no call is left. @param delaySeconds, graceSeconds from `server.shutdown_*` */
  async run(delaySeconds: number, graceSeconds: number): Promise<void> {
    this.#phase = 'leaving';
    if (delaySeconds > 0) await new Promise((resolve) => setTimeout(resolve, delaySeconds * 1000));
    this.#phase = 'refusing';
    if (this.#running.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, graceSeconds * 1000);
    });
    clearTimeout(timer);
    for (const call of this.#running) call.cancel(new ShuttingDownError());
  }
}
