import { Injectable } from '@nestjs/common';
import { LiveConfig } from '../../config/live-config.js';
import { UsageUnavailableError } from '../../errors/server-errors.js';
import { type Figures, type FiguresRequest, figures } from './figures.js';
import { Ledger } from '../ledger/ledger.js';
import { type StoreKind, StoreAccess } from '../store-access.js';

/** Longest time that a query waits for calls that are not written yet. */
const FLUSH_MS = 1000;

/** The state of the ledger, for metrics and the dashboard. */
export interface LedgerState {
  readonly store: StoreKind;
  /** False while calls cannot be written. */
  readonly isAvailable: boolean;
  readonly writtenCalls: number;
  readonly bufferedCalls: number;
  readonly droppedCalls: number;
  /** Of the dropped calls, those whose data the store has refused. */
  readonly refusedCalls: number;
}

/** Reports usage, including calls that have just ended. */
@Injectable()
export class UsageFigures {
  constructor(
    private readonly live: LiveConfig,
    private readonly access: StoreAccess,
    private readonly ledger: Ledger,
  ) {}

  get state(): LedgerState {
    const { isAway, writtenCount, bufferedCount, droppedCount, refusedCount } = this.ledger;
    return {
      store: this.access.kind,
      isAvailable: !isAway,
      writtenCalls: writtenCount,
      bufferedCalls: bufferedCount,
      droppedCalls: droppedCount,
      refusedCalls: refusedCount,
    };
  }

  /**
   * @throws UsageUnavailableError while the store is unavailable
   * @throws RangeError for too many days
   */
  async query(request: FiguresRequest): Promise<Figures[]> {
    try {
      await this.flush();
      return await figures(await this.access.store(), request, this.live.current.auth.time_zone);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      throw new UsageUnavailableError(error);
    }
  }

  /** Waits briefly until finished calls are written. */
  async flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
    await Promise.race([this.ledger.flush(), expired]);
    clearTimeout(timer);
  }
}
