import { type DynamicModule, Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { SpendHistory } from '../limits/spend-history.js';
import { UsageController } from './api/usage.controller.js';
import { Ledger } from './ledger/ledger.js';
import { Retention } from './retention.js';
import { StoreAccess } from './store-access.js';
import { StoredSpend } from './figures/stored-spend.js';
import { UsageFigures } from './figures/usage-figures.js';

/**
 * Stores and reports the usage of each call. Database libraries are loaded only if a database is
 * configured.
 */
@Module({})
export class UsageModule {
  /**
   * Global, because features such as limits use it if it exists, and work without it.
   * @param log exports the log
   */
  static register(log: DynamicModule): DynamicModule {
    return {
      module: UsageModule,
      global: true,
      imports: [CallsModule, log],
      controllers: [UsageController],
      providers: [
        StoreAccess,
        Ledger,
        Retention,
        UsageFigures,
        { provide: SpendHistory, useClass: StoredSpend },
      ],
      exports: [SpendHistory, UsageFigures],
    };
  }
}
