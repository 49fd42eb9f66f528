import { Module } from '@nestjs/common';
import { ModelAvailability } from './model-availability.js';
import { TokenEvents } from './token-events.js';

/** Records of calls and tokens, for logs, metrics and the state of models. */
@Module({
  providers: [ModelAvailability, TokenEvents],
  exports: [ModelAvailability, TokenEvents],
})
export class TelemetryModule {}
