import { Module } from '@nestjs/common';
import { ModelAvailability } from './model-availability.js';

/** What the records of calls tell of their models. */
@Module({
  providers: [ModelAvailability],
  exports: [ModelAvailability],
})
export class TelemetryModule {}
