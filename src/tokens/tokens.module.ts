import { HttpModule } from '@nestjs/axios';
import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { undiciAxiosAdapter } from '../upstream/undici-axios-adapter.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { LoginClient } from './login-client.js';
import { TokenLeases } from './token-leases.js';

/** Access tokens of the services that want a login. They live in cache-manager: in memory, lost at a restart. */
@Module({
  imports: [
    UpstreamModule,
    CacheModule.register(),
    HttpModule.register({
      adapter: undiciAxiosAdapter,
      maxRedirects: 0,
      responseType: 'text',
      transformResponse: [],
      validateStatus: null,
    }),
  ],
  providers: [LoginClient, TokenLeases],
  exports: [TokenLeases],
})
export class TokensModule {}
