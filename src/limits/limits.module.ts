import { Module } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { TokenCounterModule } from '../dialects/token-counter.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { LimitsController } from './api/limits.controller.js';
import { CallLimits } from './call-limits.js';
import { Clock, SystemClock } from './clock.js';
import { configuredScopes } from './configured-scopes.js';
import { Limiter } from './limiter.js';
import { MemoryLimiter } from './memory/memory-limiter.js';

/** The limits of keys and teams. */
@Module({
  imports: [PricesModule, TokenCounterModule],
  controllers: [LimitsController],
  providers: [
    { provide: Clock, useClass: SystemClock },
    {
      provide: Limiter,
      inject: [Clock, LiveConfig],
      useFactory: (clock: Clock, live: LiveConfig): Limiter => {
        const scopes = live.derive(({ auth }) => configuredScopes(auth));
        return new MemoryLimiter(
          clock,
          () => scopes.value,
          () => live.current.auth.time_zone,
        );
      },
    },
    CallLimits,
  ],
  exports: [CallLimits, Limiter],
})
export class LimitsModule {}
