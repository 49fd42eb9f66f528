import { type Cancellation } from '../../calls/cancellation.js';
import { type AnswerTarget } from './answer-target.js';

/**
 * A target whose client may disconnect while the response is still read to its end; the rest is
 * discarded.
 */
export class UnattendedTarget implements AnswerTarget {
  #isGone = false;
  #onDrain: (() => void) | undefined;

  constructor(
    private readonly target: AnswerTarget,
    cancellation: Cancellation,
  ) {
    cancellation.onLeave(() => {
      this.#isGone = true;
      // From now on, there is always room.
      this.#onDrain?.();
    });
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown {
    return this.target.writeHead(status, headers);
  }

  flushHeaders(): void {
    if (!this.#isGone) this.target.flushHeaders();
  }

  write(chunk: Buffer | string): boolean {
    return this.#isGone || this.target.write(chunk);
  }

  end(chunk?: Buffer | string): unknown {
    return this.#isGone ? undefined : this.target.end(chunk);
  }

  cutOff(): void {
    if (!this.#isGone) this.target.cutOff?.();
  }

  on(event: 'drain', listener: () => void): unknown {
    this.#onDrain = listener;
    return this.target.on(event, listener);
  }
}
