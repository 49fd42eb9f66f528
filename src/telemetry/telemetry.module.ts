import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ModelAvailability } from './model-availability.js';
import { TokenEvents } from './token-events.js';

/** Events of models and tokens, for logs, metrics and health. */
@Module({
  imports: [CallsModule],
  providers: [ModelAvailability, TokenEvents],
  exports: [ModelAvailability, TokenEvents],
})
export class TelemetryModule {}
