import { Module } from '@nestjs/common';
import { AnswersModule } from '../answers/answers.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { TokenCounterModule } from '../dialects/counting/token-counter.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CLIENT_DIALECTS } from '../dialects/client-dialects.js';
import { callControllerOf } from './call.controller.js';
import { ClientCalls } from './client-calls.js';
import { KeptCalls } from './kept-calls.js';
import { CallUsage } from './call-usage.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [
    AnswersModule,
    TokenCounterModule,
    UpstreamModule,
    CallsModule,
    CatalogModule,
    LimitsModule,
    PricesModule,
    RoutingModule,
    TelemetryModule,
  ],
  controllers: CLIENT_DIALECTS.map(callControllerOf),
  providers: [ChatService, CallUsage, KeptCalls, ClientCalls],
  exports: [ChatService],
})
export class ChatModule {}
