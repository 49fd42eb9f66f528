import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { ModelRegistry } from './model-registry.js';

/** The configured models, which features look up by name. */
@Module({
  imports: [ProvidersModule],
  providers: [ModelRegistry],
  exports: [ModelRegistry],
})
export class CatalogModule {}
