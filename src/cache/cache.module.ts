import { Module } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { NoSharedEntries } from './no-shared-entries.js';
import { SharedEntries } from './shared-entries.js';
import { SharedRedis } from './shared-redis.js';

/** The cache that replicas share. Redis and its client are loaded only if configured. */
@Module({
  providers: [
    {
      provide: SharedRedis,
      inject: [GatewayConfig],
      useFactory: async ({ cache }: GatewayConfig): Promise<SharedRedis> => {
        if (cache.redis_url === undefined) return new SharedRedis(undefined);
        const { RedisConnection } = await import('./redis-connection.js');
        return new SharedRedis(new RedisConnection(cache.redis_url));
      },
    },
    {
      provide: SharedEntries,
      inject: [GatewayConfig, SharedRedis],
      useFactory: async ({ cache }: GatewayConfig, { connection }: SharedRedis): Promise<SharedEntries> => {
        if (connection === undefined || cache.encryption_key === undefined) return new NoSharedEntries();
        const { RedisEntries } = await import('./redis-entries.js');
        return RedisEntries.open(connection, cache.encryption_key);
      },
    },
  ],
  exports: [SharedEntries, SharedRedis],
})
export class SharedCacheModule {}
