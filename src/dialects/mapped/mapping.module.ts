import { Module } from '@nestjs/common';
import { UpstreamModule } from '../../upstream/upstream.module.js';
import { MappedDialects } from './mapped-dialects.js';
import { TokenCounterModule } from '../counting/token-counter.module.js';

/** Services with formats of their own, described in the configuration. */
@Module({
  imports: [TokenCounterModule, UpstreamModule],
  providers: [MappedDialects],
  exports: [MappedDialects],
})
export class MappingModule {}
