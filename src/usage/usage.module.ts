import { type DynamicModule, Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { SpendHistory } from '../limits/spend-history.js';
import { UsageController } from './api/usage.controller.js';
import { Ledger } from './ledger/ledger.js';
import { Retention } from './retention.js';
import { StoreAccess } from './store-access.js';
import { StoredSpend } from './figures/stored-spend.js';
import { UsageFigures } from './figures/usage-figures.js';

/** The ledger: what each call used, kept and reported. The libraries of databases are loaded only if one is configured. */
@Module({})
export class UsageModule {
  /**
   * Global, because features that work without it, such as limits, use it where there is one.
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
