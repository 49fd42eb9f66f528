import { Module } from '@nestjs/common';
import { UpstreamModule } from '../../upstream/upstream.module.js';
import { MappedDialects } from './mapped-dialects.js';
import { TokenCounter } from './response/token-counter.js';

/** Services with formats of their own, described in the configuration. */
@Module({
  imports: [UpstreamModule],
  providers: [MappedDialects, TokenCounter],
  exports: [MappedDialects],
})
export class MappingModule {}
