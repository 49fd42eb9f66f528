import { type LimitScope } from '../auth/limit-scope.js';
import { type Period } from './period.js';

/** What was spent before this process or this Redis counted. */
export abstract class SpendHistory {
  /** @returns nano-USD that the calls of a scope have cost in a period, as far as they are stored */
  abstract spentNanoUsd(scope: Pick<LimitScope, 'kind' | 'name'>, period: Period): Promise<number>;
}
