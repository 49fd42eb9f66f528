import { Module } from '@nestjs/common';
import { Connections } from './connections.js';
import { Reachability } from './reachability.js';
import { SecretRedactor } from './secret-redactor.js';
import { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';

/** The model-facing edge: nothing else opens outbound connections. */
@Module({
  providers: [Connections, Reachability, SecretRedactor, UpstreamClient, UpstreamFailure],
  exports: [Connections, Reachability, SecretRedactor, UpstreamClient, UpstreamFailure],
})
export class UpstreamModule {}
