import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { HttpEdgeModule } from '../http/http-edge.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [CatalogModule, HttpEdgeModule, RoutingModule, TelemetryModule],
  controllers: [ModelsController],
})
export class ModelsModule {}
