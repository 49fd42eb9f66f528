import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { Cancellation } from './cancellation.js';

/** The response to a call, as far as it concerns the call's life. */
export interface CallResponse {
  /** The call has not begun until its request is complete. */
  readonly req: { readonly complete: boolean };
  /** The work for it begins; from now on a client that leaves cancels it. */
  workBegan(cancellation: Cancellation): void;
  /** The work for it has ended, well or not. */
  workEnded(): void;
}

/** One call that runs. */
export class RunningCall extends Cancellation {
  /** Its place among those that run; a note of `RunningCalls`. */
  place = -1;

  constructor(readonly request: { readonly complete: boolean }) {
    super();
  }
}

/** The calls that clients have sent and that have not ended yet. */
@Injectable()
export class RunningCalls {
  /**
   * An array and not a Set: a Set that grows and shrinks with each call leaves its outgrown tables behind, each with
   * the calls of its time and linked to the next; once one is old, all later ones outlive their calls with it.
   * Measured: 10 to 14 % of the processor time of a small request went into copying them.
   */
  readonly #calls: RunningCall[] = [];
  #onEnd: (() => void) | undefined;

  get count(): number {
    return this.#calls.length;
  }

  /** Whether there are calls, none of which has begun: all of their requests are still coming in. */
  get areUploads(): boolean {
    return this.#calls.length > 0 && this.#calls.every(({ request }) => !request.complete);
  }

  /**
   * Runs one call on behalf of a client: it is cancelled when the client leaves and when the process can wait no
   * longer, and a drain waits for it.
   */
  async run(res: CallResponse, work: (cancellation: Cancellation) => Promise<void>): Promise<void> {
    const call = new RunningCall(res.req);
    this.begin(call);
    res.workBegan(call);
    try {
      await work(call);
    } finally {
      this.done(call);
      res.workEnded();
    }
  }

  /** Counts a call as running until `done`. */
  begin(call: RunningCall): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  done(call: RunningCall): void {
    // The last one moves into the gap.
    const last = this.#calls.pop()!;
    if (last !== call) {
      last.place = call.place;
      this.#calls[call.place] = last;
    }
    this.#onEnd?.();
  }

  /** Settles when a call ends. @param waitMs how long to wait for that at most */
  async whenOneEnds(waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEnd = resolve;
      timer = setTimeout(resolve, waitMs);
    });
    this.#onEnd = undefined;
    clearTimeout(timer);
  }

  cancelAll(toReason: () => GatewayError): void {
    // A copy: a cancelled call may be done at once.
    for (const call of this.#calls.slice()) call.cancel(toReason());
  }
}
