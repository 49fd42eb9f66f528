import { Module } from '@nestjs/common';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CallRouter } from './call-router.js';
import { DeploymentCaller } from './deployment/deployment-caller.js';
import { ModelTester } from './testing/model-tester.js';

/** Routes calls to deployments, and to others if one fails. */
@Module({
  imports: [CallsModule, TelemetryModule, UpstreamModule],
  providers: [CallRouter, DeploymentCaller, ModelTester],
  exports: [CallRouter, DeploymentCaller, ModelTester],
})
export class RoutingModule {}
