import { Module } from '@nestjs/common';
import { HttpEdgeModule } from '../http/http-edge.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ModelCaller } from './model-caller.js';
import { ModelRegistry } from './model-registry.js';
import { ModelTester } from './model-tester.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [HttpEdgeModule, ProvidersModule, TelemetryModule, UpstreamModule],
  controllers: [ModelsController],
  providers: [ModelRegistry, ModelCaller, ModelTester],
  exports: [ModelRegistry, ModelCaller, ModelTester],
})
export class ModelsModule {}
