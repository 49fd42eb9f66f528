import { type LimitScope } from '../../auth/limit-scope.js';
import { type Period } from '../period.js';
import { MinuteWindow } from '../memory/minute-window.js';

const PART_MS = 100;

/** The spending within a tenth of a second, in nano-USD. */
interface SpendingPart {
  lastMs: number;
  nanoUsd: number;
}

/** The spending in one period of a budget. */
export interface UnreportedSpending {
  readonly period: Period;
  readonly parts: Map<number, SpendingPart>;
}

/**
 * The amounts that a replica has counted for one scope while Redis was unavailable. Times are
 * monotonic.
 */
export class Unreported {
  readonly window = new MinuteWindow();
  readonly spending = new Map<string, UnreportedSpending>();

  constructor(readonly scope: LimitScope) {}

  spent(period: Period, nanoUsd: number, nowMs: number): void {
    let spending = this.spending.get(period.id);
    if (spending === undefined) this.spending.set(period.id, (spending = { period, parts: new Map() }));
    const at = Math.floor(nowMs / PART_MS);
    const part = spending.parts.get(at);
    if (part === undefined) spending.parts.set(at, { lastMs: nowMs, nanoUsd });
    else {
      part.lastMs = nowMs;
      part.nanoUsd += nanoUsd;
    }
  }
}
