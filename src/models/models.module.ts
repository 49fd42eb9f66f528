import { Module } from '@nestjs/common';
import { HttpEdgeModule } from '../http/http-edge.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { ModelRegistry } from './model-registry.js';
import { ModelTester } from './model-tester.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [HttpEdgeModule, ProvidersModule, RoutingModule, TelemetryModule],
  controllers: [ModelsController],
  providers: [ModelRegistry, ModelTester],
  exports: [ModelRegistry, ModelTester],
})
export class ModelsModule {}
