import { type Standings } from '../../protocol/rate-limits.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type Settlement } from './settlement.js';
import { type Reservation, type Used } from '../limiter.js';
import { type MemoryReservation } from '../memory/memory-reservation.js';

/** A call that is counted in memory and in Redis. */
export class RedisReservation implements Reservation {
  readonly isAdmitted = true;
  /** Identifies the leases of the call in Redis. */
  readonly id: string;

  /**
   * @param seconds for each scope, the second in which the call counts; 0 = in none. It is a second
   * of Redis's clock or, while Redis does not know the call, the second of the unreported amounts
   * that include the call
   */
  constructor(
    id: string,
    readonly scopes: readonly LimitScope[],
    readonly inMemory: MemoryReservation,
    readonly standings: Standings,
    public isReported: boolean,
    public seconds: readonly number[],
    readonly beganMs: number,
    private readonly onEnd: (reservation: RedisReservation, settlement: Settlement) => void,
    private readonly onLeave: (reservation: RedisReservation) => void,
  ) {
    this.id = id;
  }

  get reserved(): Used {
    return this.inMemory;
  }

  settle(used: Used): void {
    this.#end(0, used, () => this.inMemory.settle(used));
  }

  leave(): void {
    if (!this.inMemory.isOpen) return;
    this.inMemory.leave();
    this.onLeave(this);
  }

  giveBack(): void {
    this.#end(-1, NOTHING, () => this.inMemory.giveBack());
  }

  #end(requests: number, { tokens, nanoUsd }: Used, close: () => void): void {
    if (!this.inMemory.isOpen) return;
    close();
    this.onEnd(this, { requests, tokens: tokens - this.inMemory.tokens, nanoUsd });
  }
}

const NOTHING: Used = { tokens: 0, nanoUsd: 0 };
