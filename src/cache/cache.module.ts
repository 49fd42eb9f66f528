import { Module } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { NoSharedEntries } from './no-shared-entries.js';
import { SharedEntries } from './shared-entries.js';

/** The cache that replicas share. Redis and its client are loaded only if configured. */
@Module({
  providers: [
    {
      provide: SharedEntries,
      inject: [GatewayConfig],
      useFactory: async ({ cache }: GatewayConfig): Promise<SharedEntries> => {
        if (cache.redis_url === undefined || cache.encryption_key === undefined) return new NoSharedEntries();
        const { RedisEntries } = await import('./redis-entries.js');
        return RedisEntries.open(cache.redis_url, cache.encryption_key);
      },
    },
  ],
  exports: [SharedEntries],
})
export class SharedCacheModule {}
