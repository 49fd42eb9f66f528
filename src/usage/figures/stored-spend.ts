import { Injectable } from '@nestjs/common';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type Period } from '../../limits/period.js';
import { SpendHistory } from '../../limits/spend-history.js';
import { StoreAccess } from '../store-access.js';
import { UsageFigures } from './usage-figures.js';

/**
 * Spending according to the store of usage records, which includes earlier processes and other
 * replicas.
 */
@Injectable()
export class StoredSpend extends SpendHistory {
  constructor(
    private readonly access: StoreAccess,
    private readonly figures: UsageFigures,
  ) {
    super();
  }

  /** @throws Error while the store is unavailable */
  async spentNanoUsd(
    { kind, name }: Pick<LimitScope, 'kind' | 'name'>,
    { startMs, endMs }: Period,
  ): Promise<number> {
    await this.figures.flush();
    const store = await this.access.store();
    const span = { startMs, endMs: Math.min(endMs, Number.MAX_SAFE_INTEGER) };
    const rows = await store.sums({ spans: [span], groupBy: [], only: { [kind]: name } });
    return rows[0]?.cost_nano ?? 0;
  }
}
