import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { parseFaultHeader } from './fault-parser.js';
import { type FaultableCall, type FaultQueue, isOrderFor } from './fault-queue.js';
import { type Fault } from './faults.js';
import { type LoginDesk } from '../login.js';

const DOWN_MS = 1000;

/** Gives each call the fault that was ordered for it. */
export class FaultDealer {
  /** Connections that are closed when the next request arrives on them. */
  private readonly doomed = new WeakSet<Socket>();

  constructor(
    private readonly queue: FaultQueue,
    private readonly desk: LoginDesk,
    private readonly goDown: (ms: number) => void,
  ) {}

  isDoomed(socket: Socket): boolean {
    return this.doomed.has(socket);
  }

  /** The fault for this call; one that affects the whole service is applied here. */
  faultFor(request: IncomingMessage, call: FaultableCall): Fault | undefined {
    const fault = this.findFault(request, call);
    if (fault?.kind === 'token_revoked') this.desk.revokeAll();
    else if (fault?.kind === 'down') this.goDown(fault.ms ?? DOWN_MS);
    else if (fault?.kind === 'keepalive_close' && fault.under_next_request === true) {
      this.doomed.add(request.socket);
    }
    return fault;
  }

  /**
   * The request's own fault takes precedence over the queue, and applies to every request that
   * contains it.
   */
  private findFault(request: IncomingMessage, call: FaultableCall): Fault | undefined {
    const header = request.headers['x-sandbox-fault'];
    if (typeof header === 'string') {
      const order = parseFaultHeader(header).find((each) => isOrderFor(each, call) && this.queue.isHit(each));
      if (order !== undefined) return order.fault;
    }
    return this.queue.take(call);
  }
}
