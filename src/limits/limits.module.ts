import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../cache/cache.module.js';
import { SharedRedis } from '../cache/shared-redis.js';
import { GatewayConfig } from '../config/gateway.config.js';
import { LiveConfig } from '../config/live-config.js';
import { TokenCounterModule } from '../dialects/counting/token-counter.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { LimitsController } from './api/limits.controller.js';
import { CallLimits } from './call-limits.js';
import { Clock, SystemClock } from './clock.js';
import { configuredScopes } from './configured-scopes.js';
import { Limiter } from './limiter.js';
import { MemoryLimiter } from './memory/memory-limiter.js';
import { SpendHistory } from './spend-history.js';
import { Seeding } from './memory/seeding.js';
import { SpendSeeds } from './memory/spend-seeds.js';

/**
 * The limits of keys and teams. The code for counting in Redis is loaded only if Redis is
 * configured.
 */
@Module({
  imports: [PricesModule, SharedCacheModule, TokenCounterModule],
  controllers: [LimitsController],
  providers: [
    { provide: Clock, useClass: SystemClock },
    {
      provide: SpendSeeds,
      inject: [{ token: SpendHistory, optional: true }],
      useFactory: (history: SpendHistory | undefined) => new SpendSeeds(history),
    },
    {
      provide: Limiter,
      inject: [Clock, GatewayConfig, LiveConfig, SharedRedis, SpendSeeds],
      useFactory: async (
        clock: Clock,
        { cache }: GatewayConfig,
        live: LiveConfig,
        { connection }: SharedRedis,
        seeds: SpendSeeds,
      ): Promise<Limiter> => {
        const scopes = live.derive(({ auth }) => configuredScopes(auth));
        const memory = new MemoryLimiter(
          clock,
          () => scopes.value,
          () => live.current.auth.time_zone,
        );
        if (connection !== undefined) {
          const { RedisLimiter } = await import('./redis/redis-limiter.js');
          const limiter = await RedisLimiter.open(
            connection,
            memory,
            clock,
            seeds,
            undefined,
            cache.replicas,
          );
          live.onReplaced(() => limiter.configured());
          return limiter;
        }
        if (seeds.hasHistory) {
          const seeding = new Seeding(memory, seeds);
          await seeding.begin();
          live.onReplaced(() => void seeding.begin());
        }
        return memory;
      },
    },
    CallLimits,
  ],
  exports: [CallLimits, Limiter],
})
export class LimitsModule {}
