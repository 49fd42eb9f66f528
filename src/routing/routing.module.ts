import { Module } from '@nestjs/common';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CallRouter } from './call-router.js';
import { DeploymentCaller } from './deployment-caller.js';

/** The way of a call to a deployment, and to another one when that fails. */
@Module({
  imports: [UpstreamModule],
  providers: [CallRouter, DeploymentCaller],
  exports: [CallRouter, DeploymentCaller],
})
export class RoutingModule {}
