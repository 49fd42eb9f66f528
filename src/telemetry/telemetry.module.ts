import { Module } from '@nestjs/common';
import { ModelAvailability } from './model-availability.js';
import { TokenEvents } from './token-events.js';

/** What is told of calls and tokens, for whoever wants to know how the models do. */
@Module({
  providers: [ModelAvailability, TokenEvents],
  exports: [ModelAvailability, TokenEvents],
})
export class TelemetryModule {}
