import { type LimitScope } from '../auth/limit-scope.js';
import { type Period } from './period.js';

/** Spending from before this process or this Redis started to count. */
export abstract class SpendHistory {
  /** @returns nano-USD that the stored calls of a scope have cost in a period */
  abstract spentNanoUsd(scope: Pick<LimitScope, 'kind' | 'name'>, period: Period): Promise<number>;
}
