import { HttpModule } from '@nestjs/axios';
import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../../cache/cache.module.js';
import { TelemetryModule } from '../../telemetry/telemetry.module.js';
import { undiciAxiosAdapter } from '../../upstream/pool/undici-axios-adapter.js';
import { UpstreamModule } from '../../upstream/upstream.module.js';
import { KnownTokens } from './tokens/known-tokens.js';
import { LoginAttempts } from './tokens/login-attempts.js';
import { LoginClient } from './login-client.js';
import { LoginCredentials } from './login-credentials.js';
import { SharedTokens } from './tokens/shared-tokens.js';
import { TokenLeases } from './tokens/token-leases.js';

/**
 * Access tokens of the services that need a login. cache-manager keeps them: in memory, and in
 * Redis if that is configured.
 */
@Module({
  imports: [
    UpstreamModule,
    SharedCacheModule,
    TelemetryModule,
    CacheModule.register(),
    HttpModule.register({
      adapter: undiciAxiosAdapter,
      maxRedirects: 0,
      responseType: 'text',
      transformResponse: [],
      validateStatus: null,
    }),
  ],
  providers: [KnownTokens, LoginAttempts, LoginClient, LoginCredentials, SharedTokens, TokenLeases],
  exports: [LoginCredentials],
})
export class TokensModule {}
