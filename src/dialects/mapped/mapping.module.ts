import { Module } from '@nestjs/common';
import { UpstreamModule } from '../../upstream/upstream.module.js';
import { Mappings } from './mappings.js';
import { TokenCounter } from './response/token-counter.js';

/** Services that speak a dialect of their own, described in the configuration. */
@Module({
  imports: [UpstreamModule],
  providers: [Mappings, TokenCounter],
  exports: [Mappings],
})
export class MappingModule {}
