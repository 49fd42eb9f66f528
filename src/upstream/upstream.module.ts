import { Module } from '@nestjs/common';
import { Connections } from './pool/connections.js';
import { Reachability } from './pool/reachability.js';
import { SecretRedactor } from './secret-redactor.js';
import { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './failure/upstream-failure.js';

/** The upstream-facing edge: the only code that opens outbound connections. */
@Module({
  providers: [Connections, Reachability, SecretRedactor, UpstreamClient, UpstreamFailure],
  exports: [Connections, Reachability, SecretRedactor, UpstreamClient, UpstreamFailure],
})
export class UpstreamModule {}
