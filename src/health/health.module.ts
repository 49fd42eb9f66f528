import { Module } from '@nestjs/common';
import { SharedCacheModule } from '../cache/cache.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { GatewayStateController } from './gateway-state.controller.js';
import { HealthController } from './health.controller.js';

@Module({
  imports: [CallsModule, CatalogModule, SharedCacheModule, TelemetryModule],
  controllers: [HealthController, GatewayStateController],
})
export class HealthModule {}
