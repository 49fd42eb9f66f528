import { Injectable } from '@nestjs/common';
import { type GatewayError } from '../errors/gateway-error.js';
import { type CallRecord } from './call-record.js';
import { Cancellation } from './cancellation.js';

/** The response to a call, as far as the lifecycle of the call needs it. */
export interface CallResponse {
  /** The call begins when its request is complete. */
  readonly req: { readonly complete: boolean };
  readonly record: CallRecord;
  /** Work for the response begins: from now on, a disconnect of the client cancels it. */
  workBegan(cancellation: Cancellation): void;
  /** Work for the response has ended, successfully or not. */
  workEnded(): void;
}

/** A call that is running. */
export class RunningCall extends Cancellation {
  /** Its index among the running calls; kept by `RunningCalls`. */
  index = -1;

  constructor(readonly response: CallResponse) {
    super();
  }
}

/** The calls of clients that have not ended yet. */
@Injectable()
export class RunningCalls {
  /**
   * An array instead of a Set: a Set that grows and shrinks with each call leaves outgrown tables
   * behind, each with its calls and linked to the next. Once one of them is old, all later tables
   * survive with their calls. Measured: 10 to 14 % of the CPU time of a small request went into
   * copying them.
   */
  readonly #calls: RunningCall[] = [];
  #onEnd: (() => void) | undefined;

  get count(): number {
    return this.#calls.length;
  }

  /** In no order. */
  list(): readonly RunningCall[] {
    return this.#calls;
  }

  /**
   * Whether there are calls but none has begun, because all of their requests are still being
   * received.
   */
  get areUploads(): boolean {
    return this.#calls.length > 0 && this.#calls.every(({ response }) => !response.req.complete);
  }

  /**
   * Begins a call for a client. It is cancelled when the client disconnects or the process can wait
   * no longer, and a drain waits for it until `done`.
   */
  begin(response: CallResponse): RunningCall {
    const call = new RunningCall(response);
    call.index = this.#calls.length;
    this.#calls.push(call);
    response.workBegan(call);
    return call;
  }

  done(call: RunningCall): void {
    // The last call moves into the gap.
    const last = this.#calls.pop()!;
    if (last !== call) {
      last.index = call.index;
      this.#calls[call.index] = last;
    }
    this.#onEnd?.();
    call.response.workEnded();
  }

  /** Settles when a call ends. @param waitMs longest time to wait */
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
    // Iterates over a copy, because a cancelled call may end at once.
    for (const call of this.#calls.slice()) call.cancel(toReason());
  }
}
