import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../cache/cache.module.js';
import { HttpEdgeModule } from '../http/http-edge.module.js';
import { ModelsModule } from '../models/models.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { HealthController } from './health.controller.js';

@Module({
  imports: [HttpEdgeModule, ModelsModule, SharedCacheModule, TelemetryModule],
  controllers: [HealthController],
})
export class HealthModule {}
