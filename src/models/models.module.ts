import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [CatalogModule, CallsModule, LimitsModule, RoutingModule, TelemetryModule],
  controllers: [ModelsController],
})
export class ModelsModule {}
