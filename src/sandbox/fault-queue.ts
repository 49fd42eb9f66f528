import { type Fault, type FaultOrder, type FaultTarget, isFor } from './faults.js';

/** A call, as far as it matters to faults. */
export interface FaultableCall {
  readonly on: FaultTarget;
  readonly isStream: boolean;
  readonly model?: string;
}

/** Whether an order is meant for this call. */
export function isOrderFor(order: FaultOrder, call: FaultableCall): boolean {
  if (order.on !== call.on || (order.model !== undefined && order.model !== call.model)) return false;
  return isFor(order.fault, call.isStream);
}

/** Faults that wait for the calls they are meant for, first come first served. */
export class FaultQueue {
  private waiting: { order: FaultOrder; left: number }[] = [];

  get length(): number {
    return this.waiting.length;
  }

  add(order: FaultOrder): void {
    this.waiting.push({ order, left: order.times });
  }

  clear(): number {
    const cleared = this.waiting.length;
    this.waiting = [];
    return cleared;
  }

  /** Takes the first fault that is meant for this call. */
  take(call: FaultableCall): Fault | undefined {
    if (this.waiting.length === 0) return undefined;
    const at = this.waiting.findIndex(({ order }) => isOrderFor(order, call));
    const found = this.waiting[at];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.waiting.splice(at, 1);
    return found.order.fault;
  }
}
