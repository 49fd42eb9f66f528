import { Module } from '@nestjs/common';
import { AccessLog } from './access-log.js';
import { ModelAvailability } from './model-availability.js';

/** One record a call: its log line, and what it tells of the model. */
@Module({
  providers: [AccessLog, ModelAvailability],
  exports: [AccessLog, ModelAvailability],
})
export class TelemetryModule {}
