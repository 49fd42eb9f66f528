import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { FailedRequests } from './failed-requests.js';
import { ModelAvailability } from './availability/model-availability.js';
import { TokenEvents } from './token-events.js';

/** Events of models and tokens, for logs, metrics and health. */
@Module({
  imports: [CallsModule],
  providers: [FailedRequests, ModelAvailability, TokenEvents],
  exports: [FailedRequests, ModelAvailability, TokenEvents],
})
export class TelemetryModule {}
