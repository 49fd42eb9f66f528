import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [UpstreamModule, CallsModule, CatalogModule, RoutingModule, TelemetryModule],
  controllers: [ChatController],
  providers: [ChatService],
  exports: [ChatService],
})
export class ChatModule {}
