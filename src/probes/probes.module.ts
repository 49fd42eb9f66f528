import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { Prober } from './prober.js';
import { Probes } from './probes.js';

/** Background checks of models, for servers only. */
@Module({
  imports: [CallsModule, CatalogModule, RoutingModule, TelemetryModule, UpstreamModule],
  providers: [Prober, Probes],
})
export class ProbesModule {}
