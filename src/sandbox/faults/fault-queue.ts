import { type Fault, type FaultKind, type FaultOrder, type FaultTarget, isFor, isTarget } from './faults.js';

/** The properties of a call on which faults depend. */
export interface FaultableCall {
  readonly on: FaultTarget;
  readonly isStream: boolean;
  /** Without the query. */
  readonly path: string;
  readonly model?: string;
}

/** Whether an order applies to calls like this one; the queue decides which of them fail. */
export function isOrderFor(order: FaultOrder, call: FaultableCall): boolean {
  if (!isTarget(order.on, call.on)) return false;
  if (order.model !== undefined && order.model !== call.model) return false;
  if (order.stream !== undefined && order.stream !== call.isStream) return false;
  if (order.path !== undefined && !isLike(call.path, order.path)) return false;
  return isFor(order.fault, call.isStream);
}

interface Waiting {
  readonly order: FaultOrder;
  /** Number of matching calls so far. */
  seen: number;
  /** Number of calls that may still fail. */
  left: number;
}

/** Faults that wait for their calls, in order of arrival. */
export class FaultQueue {
  /** How often each kind was applied. */
  readonly dealt: Partial<Record<FaultKind, number>> = {};
  private waiting: Waiting[] = [];

  /** @param random numbers from 0 (inclusive) to 1 (exclusive), for orders with a probability */
  constructor(private readonly random: () => number = Math.random) {}

  get length(): number {
    return this.waiting.length;
  }

  add(order: FaultOrder): void {
    this.waiting.push({ order, seen: 0, left: order.times });
  }

  clear(): number {
    const cleared = this.waiting.length;
    this.waiting = [];
    return cleared;
  }

  /**
   * Takes the first fault for this call. Every matching order counts the call, whether or not it is
   * taken.
   */
  take(call: FaultableCall): Fault | undefined {
    if (this.waiting.length === 0) return undefined;
    let taken: Waiting | undefined;
    for (const each of this.waiting) {
      if (!isOrderFor(each.order, call)) continue;
      each.seen += 1;
      if (taken === undefined && each.seen >= (each.order.nth ?? 1) && this.isHit(each.order)) taken = each;
    }
    if (taken === undefined) return undefined;
    taken.left -= 1;
    if (taken.left <= 0) this.waiting.splice(this.waiting.indexOf(taken), 1);
    const { fault } = taken.order;
    this.dealt[fault.kind] = (this.dealt[fault.kind] ?? 0) + 1;
    return fault;
  }

  /** Decides by the order's probability. */
  isHit({ probability = 1 }: FaultOrder): boolean {
    return probability >= 1 || this.random() < probability;
  }
}

/** `*` matches anything, `/` included, as in all patterns of the gateway. */
function isLike(path: string, pattern: string): boolean {
  if (!pattern.includes('*')) return path === pattern;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'su').test(path);
}
