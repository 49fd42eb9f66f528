import { Module } from '@nestjs/common';
import { Connections } from './connections.js';
import { SecretRedactor } from './secret-redactor.js';
import { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';

/** The model-facing edge: nothing else opens outbound connections. */
@Module({
  providers: [Connections, SecretRedactor, UpstreamClient, UpstreamFailure],
  exports: [Connections, SecretRedactor, UpstreamClient, UpstreamFailure],
})
export class UpstreamModule {}
