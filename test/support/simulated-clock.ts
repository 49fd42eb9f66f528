import { Clock } from '../../src/limits/clock.js';

/** A clock for tests: it shows what it was set to. */
export class SimulatedClock extends Clock {
  #passedMs = 0;

  /** @param startMs milliseconds since 1970 */
  constructor(private readonly startMs: number) {
    super();
  }

  pass(ms: number): void {
    this.#passedMs += ms;
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  wallMs(): number {
    return this.startMs + this.#passedMs;
  }
}
