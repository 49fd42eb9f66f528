import { Module } from '@nestjs/common';
import { MappingModule } from '../dialects/mapped/mapping.module.js';
import { TokensModule } from '../credentials/login/tokens.module.js';
import { type LlmProvider } from './llm-provider.js';
import { LLM_PROVIDERS, type LlmProviders } from './llm-providers.js';
import { PROVIDER_TYPES } from './provider-types.js';

/** Creates the strategy classes and provides them by type. */
@Module({
  imports: [MappingModule, TokensModule],
  providers: [
    ...PROVIDER_TYPES,
    {
      provide: LLM_PROVIDERS,
      useFactory: (...providers: LlmProvider[]): LlmProviders =>
        new Map(providers.map((provider, index) => [PROVIDER_TYPES[index]!.type, provider])),
      inject: [...PROVIDER_TYPES],
    },
  ],
  exports: [LLM_PROVIDERS],
})
export class ProvidersModule {}
