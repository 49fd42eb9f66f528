import { type Standings } from '../../protocol/rate-limits.js';
import { type Reservation, type Used } from '../limiter.js';
import { type BudgetCounter, type ScopeCounters } from './scope-counters.js';

/** The amounts that a call reserves in one scope. */
export interface Hold {
  readonly counters: ScopeCounters;
  /** The second in which the call counts; undefined without a limit per minute. */
  readonly second: number | undefined;
  readonly budget: BudgetCounter | undefined;
}

/** A call that is counted in memory. */
export class MemoryReservation implements Reservation {
  readonly isAdmitted = true;
  standings: Standings = NONE;
  #isOpen = true;
  #isRunning = true;

  /**
   * @param tokens the reserved tokens
   * @param nanoUsd the reserved cost, in billionths of a US dollar
   */
  constructor(
    readonly holds: readonly Hold[],
    readonly tokens: number,
    readonly nanoUsd: number,
  ) {}

  get reserved(): Used {
    return this;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  settle({ tokens, nanoUsd }: Used): void {
    this.#close(0, tokens, nanoUsd);
  }

  leave(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    for (const { counters } of this.holds) counters.running--;
  }

  giveBack(): void {
    this.#close(-1, 0, 0);
  }

  #close(requests: number, tokens: number, nanoUsd: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.leave();
    for (const { counters, second, budget } of this.holds) {
      if (second !== undefined) counters.window!.correct(second, tokens - this.tokens, requests);
      if (budget === undefined) continue;
      budget.reserved -= this.nanoUsd;
      budget.spent += nanoUsd;
    }
  }
}

const NONE: Standings = {};
